# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""What the page says below the video."""

from __future__ import annotations

from dataclasses import replace

from featuremap_ros.report.sections import facts, warnings


def test_all_skipped_frames_are_counted_though_few_reasons_are_kept(made):
    """Alike reasons are one line; what was not kept is at least counted."""
    recording = replace(made.recording, frames_skipped=5, skipped=('torn', 'torn', 'black'))
    assert '5 skipped' in facts(recording)
    said = warnings(recording, ['a note'])
    for line in ('a note', '2 skipped: torn', '1 skipped: black', '2 more skipped'):
        assert f'>{line}<' in said
