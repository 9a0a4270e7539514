"""What the article's script does, with nothing but the library `azurerm`: one update domain onto another image version.

    python article.py TENANT SUBSCRIPTION GROUP SET VERSION UPDATE_DOMAIN

Run by the interpreter of that library, never by ours. It prints what it saw as JSON.
"""

import json
import sys
import time

import azurerm

LOOKS_MAX = 600
LOOK_SECONDS = 0.2


def main(tenant, subscription, group, name, *change):
    version, domain = change
    token = azurerm.get_access_token(tenant, "an-app", "its-secret")
    model = azurerm.get_vmss(token, subscription, group, name)
    reference = model["properties"]["virtualMachineProfile"]["storageProfile"]["imageReference"]
    before, reference["version"] = reference["version"], version
    put = azurerm.put_vmss(token, subscription, group, name, model)
    view = azurerm.list_vmss_vm_instance_view(token, subscription, group, name)
    chosen = sorted(one["instanceId"] for one in view["value"] if in_domain(one, domain))
    upgraded = azurerm.upgrade_vmss_vms(token, subscription, group, name, json.dumps(chosen))
    looks = looks_until_done(token, subscription, group, name)
    saw = {
        "before": before,
        "put": put.status_code,
        "chosen": chosen,
        "upgrade": upgraded.status_code,
        "looks": looks,
        "listed": [one["name"] for one in azurerm.list_vmss_sub(token, subscription)["value"]],
    }
    json.dump(saw, sys.stdout)


def in_domain(instance, domain):
    return instance["properties"]["instanceView"]["platformUpdateDomain"] == int(domain)


def looks_until_done(token, subscription, group, name):
    """The script's own test: any status of the set that says `ProvisioningState/succeeded` ends the wait."""
    for look in range(1, LOOKS_MAX):
        view = azurerm.get_vmss_instance_view(token, subscription, group, name)
        if any(one["code"] == "ProvisioningState/succeeded" for one in view["statuses"]):
            return look
        time.sleep(LOOK_SECONDS)
    sys.exit("the upgrade did not end")


if __name__ == "__main__":
    main(*sys.argv[1:])
