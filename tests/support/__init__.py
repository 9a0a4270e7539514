"""What the tests of several rooms share: virtual time, and Azure in the same process."""
