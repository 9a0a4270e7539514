"""The paths of virtual machines, which the members of Flexible sets are."""

from rollset.emulator.api import actions, machines
from rollset.emulator.api.paths import COMPUTE, GROUP, LOCATION
from rollset.emulator.api.router import Route

MACHINES = f"{GROUP}/providers/Microsoft.Compute/virtualMachines"
MACHINE = f"{MACHINES}/{{machine}}"

MACHINE_ROUTES: tuple[Route, ...] = (
    Route("GET", f"{COMPUTE}/virtualMachines", machines.list_machines, "machine-list"),
    Route("GET", f"{LOCATION}/virtualMachines", machines.list_machines_of_location, "machine-list"),
    Route("GET", MACHINES, machines.list_machines_of_group, "machine-list"),
    Route("GET", MACHINE, machines.get_machine, "machine-get"),
    Route("GET", f"{MACHINE}/instanceView", machines.get_machine_view, "machine-get"),
    Route("PUT", MACHINE, machines.put_machine, "machine-put"),
    Route("PATCH", MACHINE, machines.patch_machine, "machine-write"),
    Route("DELETE", MACHINE, actions.delete_machine, "machine-delete"),
    *(
        Route("POST", f"{MACHINE}/{name}", actions.on_instance(name.lower()), "machine-write")
        for name in ("start", "restart", "powerOff", "redeploy", "reimage")
    ),
    Route("POST", f"{MACHINE}/deallocate", actions.on_instance("deallocate"), "machine-delete"),
)
