"""Says where hostile inputs can be tried."""

import sys

# It forks, and reads what Linux counts; what is tried does not depend on the system.
collect_ignore = [] if sys.platform.startswith("linux") else ["test_hostile.py"]
