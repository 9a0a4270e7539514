"""The paths of autoscale settings."""

from rollset.emulator.api import autoscale
from rollset.emulator.api.paths import GROUP, SUBSCRIPTION
from rollset.emulator.api.router import Route

SETTINGS = f"{GROUP}/providers/Microsoft.Insights/autoscaleSettings"
SETTING = f"{SETTINGS}/{{setting}}"

AUTOSCALE_ROUTES: tuple[Route, ...] = (
    Route("GET", f"{SUBSCRIPTION}/providers/Microsoft.Insights/autoscaleSettings", autoscale.list_all, "directory"),
    Route("GET", SETTINGS, autoscale.list_of_group, "directory"),
    Route("GET", SETTING, autoscale.get_setting, "directory"),
    Route("PUT", SETTING, autoscale.put_setting, "directory"),
    Route("PATCH", SETTING, autoscale.patch_setting, "directory"),
    Route("DELETE", SETTING, autoscale.delete_setting, "directory"),
)
