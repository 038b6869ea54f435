# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""Pieces of HTML."""

from __future__ import annotations

from base64 import b64decode
import json
import re

import cv2
import numpy as np
import pytest

from featuremap_ros.report.markup import (
    breakable,
    color_bar,
    figure,
    picture,
    script_data,
    table,
    text,
)


def decoded(html):
    """Return the picture in an element, RGB."""
    data = b64decode(re.search(r'base64,([^"]+)', html)[1])
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]


@pytest.mark.parametrize('evil', ['</script>', '<!--', '<img src=x>', '&lt;', '"\'>'])
def test_text_and_data_cannot_become_markup(evil):
    """Not as text, not as a description, and not inside a script element."""
    assert '<' not in text(evil)
    assert not {'<', '>', '"'} & set(text(evil))
    html = picture(np.zeros((2, 2, 3), np.uint8), evil)
    assert html.count('<') == 1
    assert html.count('"') % 2 == 0
    assert not {'<', '>', '&'} & set(script_data({'name': evil}))
    assert json.loads(script_data({'name': evil})) == {'name': evil}


def test_what_is_no_number_is_refused_as_data():
    """A browser could not read it."""
    with pytest.raises(ValueError, match='JSON'):
        script_data([float('nan')])


def test_pictures_keep_their_colours_and_shrink():
    """RGB in, RGB in the browser; wide ones are scaled down in proportion."""
    image = np.zeros((100, 1000, 3), np.uint8)
    image[:] = (250, 120, 10)
    html = picture(image, 'orange', width=500)
    assert 'width="500" height="50"' in html
    assert decoded(html).shape == (50, 500, 3)
    assert np.abs(decoded(html).astype(int) - (250, 120, 10)).max() <= 4
    assert (decoded(picture(image, 'orange', width=1000, exact=True)) == image).all()


def test_a_colour_bar_runs_from_low_to_high():
    """Inferno begins black and ends pale yellow."""
    bar = decoded(f'"{color_bar("inferno")}"')
    assert bar[0, 0].sum() < 30
    assert bar[0, -1].sum() > 500


def test_tables_and_figures():
    """Heads are text, cells are HTML already."""
    html = table(['a & b', 'n'], [['<b>x</b>', '1']], numbers={1})
    assert '<th>a &amp; b</th><th class=number>n</th>' in html
    assert '<td><b>x</b></td><td class=number>1</td>' in html
    assert figure('<img>', 'words') == '<figure><img><figcaption>words</figcaption></figure>'
    assert breakable('a_b<') == 'a_<wbr>b&lt;'
