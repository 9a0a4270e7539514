// What a JavaScript program does for two instances: list, show, change the image, upgrade, read back. Prints what it saw.
import { ComputeManagementClient } from "@azure/arm-compute";
import { DefaultAzureCredential } from "@azure/identity";

const { AZURE_RESOURCE_MANAGER_URL: endpoint, AZURE_SUBSCRIPTION_ID: subscription, IMAGE_VERSION: version } = process.env;
const client = new ComputeManagementClient(new DefaultAzureCredential(), subscription, { endpoint });
const sets = client.virtualMachineScaleSets;
const [group, name] = ["myrg", "myvmss"];

async function all(pages) {
  const found = [];
  for await (const one of pages) found.push(one);
  return found;
}

const listed = (await all(sets.listAll())).map((one) => one.name);
const model = await sets.get(group, name);
const reference = model.virtualMachineProfile.storageProfile.imageReference;
const before = reference.version;
reference.version = version;
const written = await sets.createOrUpdate(group, name, model);
await sets.updateInstances(group, name, { instanceIds: ["0", "5"] });
const instances = await all(client.virtualMachineScaleSetVMs.list(group, name, { expand: "instanceView" }));
const view = await sets.getInstanceView(group, name);
await sets.update(group, name, { sku: { capacity: 21 } });
await sets.deallocate(group, name, { vmInstanceIDs: { instanceIds: ["9"] } });
const rolling = await client.virtualMachineScaleSetRollingUpgrades.getLatest(group, name).catch((error) => error);
const missing = await sets.get(group, "nope").catch((error) => error);

console.log(
  JSON.stringify({
    listed,
    before,
    written: written.virtualMachineProfile.storageProfile.imageReference.version,
    state: written.provisioningState,
    latest: instances.filter((one) => one.latestModelApplied).map((one) => one.instanceId),
    domains: [...new Set(instances.map((one) => one.instanceView.platformUpdateDomain))].sort(),
    view: view.statuses[0].code,
    rolling: [rolling.statusCode, rolling.code],
    missing: [missing.statusCode, missing.code],
  }),
);
