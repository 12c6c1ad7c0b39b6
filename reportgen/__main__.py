"""`python -m reportgen`."""

from reportgen.main import main

if __name__ == "__main__":
    main()
