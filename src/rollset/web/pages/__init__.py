"""The pages, one module each: a view builds one frozen model, and a template prints it."""
