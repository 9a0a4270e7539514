"""The only room that speaks to Azure Resource Manager; ARM JSON becomes core types here and nowhere else."""
