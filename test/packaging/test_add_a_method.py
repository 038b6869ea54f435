# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The method of docs/add_a_method.md, as somebody would copy it."""

from __future__ import annotations

from pathlib import Path
import re
from typing import Any

import numpy as np

from featuremap_ros import Frame, Pilot
from featuremap_ros.explaining.explainer import Explainer


def test_the_method_of_the_page_explains_a_frame(
    repository: Path, tiny_model: Path, tiny_profile: Path
) -> None:
    """Its map is as strong as the decision changes from a black picture to the full one."""
    page = (repository / 'docs' / 'add_a_method.md').read_text()
    (source,) = re.findall(r'```python\n(.*?)```', page, re.DOTALL)
    copied: dict[str, Any] = {}
    exec(source, copied)
    pilot = Pilot.load(tiny_model, profile=tiny_profile)
    explainer = Explainer(pilot, (copied['METHOD'],))
    noise = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    found = explainer.explain(Frame(noise, 0), 'brightness', steps=2)
    prepared = pilot.preprocess(noise)
    full, black = (
        pilot.profile.leftward(pilot.feed(pilot.preprocess(picture)).steering)
        for picture in (noise, np.zeros_like(noise))
    )
    expected = abs(full - black) * prepared.tensor[0].mean(axis=2)
    np.testing.assert_allclose(found.raw.values, expected, atol=1e-6)
    assert found.raw.unit == 'steering'
