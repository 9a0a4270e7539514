"""The paths of what other providers hang on a set and its instances: network interfaces, and metrics."""

from rollset.emulator.api import insights, networkinterfaces
from rollset.emulator.api.paths import INSTANCE, SET
from rollset.emulator.api.router import Route

METRICS = "providers/Microsoft.Insights/metrics"
INTERFACES = "networkInterfaces"

# No bucket of Compute is charged for these.
ASIDE_ROUTES: tuple[Route, ...] = (
    Route("GET", f"{SET}/{INTERFACES}", networkinterfaces.list_of_set, "directory"),
    Route("GET", f"{INSTANCE}/{INTERFACES}", networkinterfaces.list_of_instance, "directory"),
    Route("GET", f"{INSTANCE}/{INTERFACES}/{{interface}}", networkinterfaces.get_of_instance, "directory"),
    Route("GET", f"{SET}/{METRICS}", insights.of_set, "directory"),
    Route("GET", f"{INSTANCE}/{METRICS}", insights.of_instance, "directory"),
)
