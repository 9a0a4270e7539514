"""Types of resources, as Azure writes them."""

SET_TYPE = "Microsoft.Compute/virtualMachineScaleSets"
INSTANCE_TYPE = f"{SET_TYPE}/virtualMachines"
MACHINE_TYPE = "Microsoft.Compute/virtualMachines"
