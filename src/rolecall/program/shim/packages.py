"""List the Pulumi packages that this Python can import, as JSON: started by the *program's* Python (3.8 or newer).

A package is a directory with a `pulumi-plugin.json`, or an installed distribution called `pulumi-...`. Only directory
names are read, and those few files: asking pip takes half a second, this a few milliseconds.
"""

import json
import os
import re
import sys


def normalised(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def distributions(directory):
    """Name and version of what is installed in one directory of the path."""
    found = {}
    try:
        entries = sorted(os.listdir(directory))
    except OSError:
        return found, []
    for entry in entries:
        stem, ending = os.path.splitext(entry)
        if ending in (".dist-info", ".egg-info") and "-" in stem:
            name, version = stem.split("-")[:2]
            found[normalised(name)] = version
    return found, entries


def plugin_files(directory, entries):
    """The `pulumi-plugin.json` of each package in one directory of the path."""
    for entry in entries:
        path = os.path.join(directory, entry, "pulumi-plugin.json")
        if os.path.isfile(path):
            try:
                with open(path, encoding="utf-8") as file:
                    yield normalised(entry), json.load(file)
            except (OSError, ValueError):
                yield normalised(entry), {}


def main():
    sys.path.pop(0)
    packages = {}
    for directory in sys.path:
        installed, entries = distributions(directory)
        for name, version in installed.items():
            if name.startswith("pulumi-"):
                packages.setdefault(name, {"distribution": name, "distributionVersion": version, "plugin": None})
        for name, plugin in plugin_files(directory, entries):
            entry = packages.setdefault(name, {"distribution": name, "distributionVersion": installed.get(name, "")})
            if not entry.get("plugin"):
                entry["plugin"] = plugin
    json.dump(sorted(packages.values(), key=lambda package: package["distribution"]), sys.stdout)


if __name__ == "__main__":
    main()
