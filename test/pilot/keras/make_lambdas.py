# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Prints `<version> <name> <code in Base64>` of functions, for the lines of `lambdas.txt`.

Run it in its own folder with each Python, 2.7 included, so that the path in the code is short.
"""

from __future__ import print_function  # noqa: UP010

import base64
import marshal
import sys

scale = 127.5


def closure():
    """Return a function with two variables of this one."""
    a, b = 127.5, 1.0
    return lambda x: x / a - b


FUNCTIONS = {
    'divided': lambda x: x / 127.5 - 1.0,
    'multiplied': lambda x: x * 0.25,
    'centred': lambda x: (x - 127.5) / 128,
    'halved': lambda x: x / 255 - 0.5,
    'default': lambda x, c=127.5: x / c - 1,
    'closure': closure(),
    'mirrored': lambda t: 1 - 2 * t,
    'negated': lambda x: -x + (x + x) / 4,
    'whole_numbers': lambda x: x * (1 / 2) + x,
    'long': lambda x: 0.5 + x * 2 * 3 * (4 - 1) / (5 + 1) - 1 - 2,
    'constant': lambda x: 3.0,  # noqa: ARG005
    'square': lambda x: x * x,
    'reciprocal': lambda x: 1.0 / x,
    'power': lambda x: x**2,
    'called': lambda x: abs(x) / 3,
    'global': lambda x: x / scale,
    'branch': lambda x: x * 2 if x else x,
    'nothing': lambda x: x * 0.0 + 1.0,
    'zero': lambda x: x / 0.0,
    'huge': lambda x: x * 10**40,
}

if __name__ == '__main__':
    for name in sorted(FUNCTIONS):
        code = base64.b64encode(marshal.dumps(FUNCTIONS[name].__code__)).decode()
        print('%d.%d' % sys.version_info[:2], name, code)  # noqa: UP031
