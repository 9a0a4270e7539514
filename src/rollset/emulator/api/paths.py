"""What the paths of ARM begin with."""

SUBSCRIPTION = "/subscriptions/{subscription}"
GROUP = f"{SUBSCRIPTION}/resourceGroups/{{group}}"
COMPUTE = f"{SUBSCRIPTION}/providers/Microsoft.Compute"
LOCATION = f"{COMPUTE}/locations/{{location}}"
SETS = f"{GROUP}/providers/Microsoft.Compute/virtualMachineScaleSets"
SET = f"{SETS}/{{name}}"
INSTANCE = f"{SET}/virtualMachines/{{instance}}"
