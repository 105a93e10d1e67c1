"""A Python Pulumi program"""

import pulumi

pulumi.export("stack", pulumi.get_stack())
