"""Azure Resource Graph: the part of the Kusto language that inventories are asked in, over the emulated resources."""
