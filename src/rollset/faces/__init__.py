"""What commands and pages share: how sets, plans and rollouts are told, and the files that ask for rollouts."""
