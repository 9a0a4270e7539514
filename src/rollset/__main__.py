"""`python -m rollset`: the command, also where its script is not on the PATH."""

from rollset.cli.main import main

if __name__ == "__main__":
    main()
