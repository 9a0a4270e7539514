"""The upgraded instances against those that are not upgraded yet."""
