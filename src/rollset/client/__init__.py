"""The other side of the dashboard's HTTP API: what `rollset` asks a server instead of Azure and a database."""
