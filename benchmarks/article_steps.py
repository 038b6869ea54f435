# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The steps of the FeatureMaps article, as a fixture to measure against.

Crop, Lanczos, 2 x 2 mean, activation of one layer, one channel to 0..255, colours through a
matplotlib canvas whose margins are cut off, cubic upsampling, grey threshold, AND, saturating add.
Written anew from the article; frames are BGR, as OpenCV reads them.
Source: https://github.com/Axionable/FeatureMaps, cells 9 to 15 of the notebook.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
import numpy as np
from numpy.typing import NDArray

from featuremap_ros.pilot import backends
from featuremap_ros.vision.frame import Image

Activation = Callable[[NDArray[np.float32]], NDArray[np.float32]]
Coloured = Callable[[NDArray[np.float32]], Image]

_CHANNEL = 1
_SIZE = (250, 70)
_DPI = 70
_GREY_THRESHOLD = 80
# The article cuts rows 9:63 and columns 33:232, where the canvas of its matplotlib had the map.
_CANVAS_MAP = np.s_[9:63, 33:232]


def overlay(image: Image, activation: Activation, coloured: Coloured) -> Image:
    """Take one frame through the article's steps.

    Args:
        image: BGR, uint8 (1080, 1920, 3).
        activation: From the network's input, float32 (1, 70, 250, 3), to a layer's output.
        coloured: From the map, float32 (h, w) 0..255, to colours, uint8 (h', w', 3).

    Returns:
        uint8 (480, 1800, 3).
    """
    seen = image[600:1080, 0:1800]
    small = cv2.resize(seen, _SIZE, interpolation=cv2.INTER_LANCZOS4)
    small = cv2.filter2D(small, -1, np.ones((2, 2), np.float32) / 4)
    values = activation(small[None].astype(np.float32))[0, :, :, _CHANNEL]
    low, high = values.min(), values.max()
    heat = cv2.resize(
        coloured((values - low) / (high - low) * 255), (1800, 480), interpolation=cv2.INTER_CUBIC
    )
    grey = cv2.cvtColor(heat, cv2.COLOR_BGR2GRAY)
    _, mask = cv2.threshold(grey, _GREY_THRESHOLD, 255, cv2.THRESH_BINARY)
    return np.asarray(cv2.add(seen, cv2.bitwise_and(heat, heat, mask=mask)), np.uint8)


class GraphMode:
    """The network as the article ran it: a TensorFlow 1 session, a new function every frame."""

    def __init__(self, model: Any, layer: str) -> None:
        """Import the network into a graph.

        Args:
            model: A Keras model.
            layer: Name of the layer to read.
        """
        tf = backends.tensorflow()
        from tensorflow.python.framework.convert_to_constants import (
            convert_variables_to_constants_v2,
        )

        frozen = convert_variables_to_constants_v2(_function(model, layer))
        self._tf = tf.compat.v1
        self._graph = tf.Graph()
        with self._graph.as_default():
            self._tf.import_graph_def(frozen.graph.as_graph_def(), name='')
        self._input = self._graph.get_tensor_by_name(frozen.inputs[0].name)
        self._output = self._graph.get_tensor_by_name(frozen.outputs[0].name)
        self._session = self._tf.Session(graph=self._graph)

    def __call__(self, tensor: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run the network.

        ``K.function`` of those days put an operation for its updates into the graph, and the
        article made one for every frame: the session had to take the grown graph in each time.
        """
        with self._graph.as_default(), self._graph.control_dependencies([self._output]):
            updates = self._tf.group()
        value, _ = self._session.run([self._output, updates], {self._input: tensor})
        return np.asarray(value)


class CompiledMode:
    """The network as one would run it today: one compiled function."""

    def __init__(self, model: Any, layer: str) -> None:
        """Compile.

        Args:
            model: A Keras model.
            layer: Name of the layer to read.
        """
        self._constant = backends.tensorflow().constant
        self._function = _function(model, layer)

    def __call__(self, tensor: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run the network."""
        return np.asarray(self._function(self._constant(tensor))[0])


def new_canvas(values: NDArray[np.float32]) -> Image:
    """Colour through a figure that is made for every frame, as the article does."""
    canvas, _, _ = _figure(values)
    return _pixels(canvas)


class KeptCanvas:
    """Colours through one figure whose picture is replaced."""

    def __init__(self, *, whole: bool) -> None:
        """Make no figure yet: the first map says how large its picture is.

        Args:
            whole: Draw the whole figure again, not only the picture in it.
        """
        self._whole = whole
        self._figure: tuple[Any, Any, Any] | None = None

    def __call__(self, values: NDArray[np.float32]) -> Image:
        """Colour one map."""
        self._figure = self._figure or _figure(values)
        canvas, axes, picture = self._figure
        picture.set_data(values)
        picture.autoscale()
        if self._whole:
            canvas.draw()
        else:
            axes.draw_artist(picture)
        return _pixels(canvas)


class Table:
    """Colours without a canvas: the look of the article, had it not used matplotlib."""

    def __init__(self) -> None:
        """Read matplotlib's table."""
        colors = mpl.colormaps['inferno'](np.arange(256), bytes=True)
        self._colors = np.ascontiguousarray(colors[:, :3])

    def __call__(self, values: NDArray[np.float32]) -> Image:
        """Colour one map."""
        return self._colors[values.astype(np.uint8)]


def _figure(values: NDArray[np.float32]) -> tuple[Any, Any, Any]:
    """Draw a figure like the article's; return its canvas, axes and picture."""
    figure = Figure(figsize=(_SIZE[0] / _DPI, _SIZE[1] / _DPI), dpi=_DPI)
    canvas: Any = FigureCanvasAgg(figure)
    axes = figure.gca()
    picture = axes.imshow(values, cmap='inferno')
    axes.axis('off')
    canvas.draw()
    return canvas, axes, picture


def _pixels(canvas: Any) -> Image:
    """Return what is drawn on the part of a canvas that the article keeps."""
    return np.asarray(canvas.buffer_rgba())[_CANVAS_MAP][..., :3].copy()


def _function(model: Any, layer: str) -> Any:
    """Return the compiled function from the input of a Keras model to one of its layers."""
    tf, keras = backends.tensorflow(), backends.keras()
    part = keras.Model(model.inputs[0], model.get_layer(layer).output)
    spec = tf.TensorSpec((1, *model.inputs[0].shape[1:]), tf.float32)

    run = tf.function(lambda tensor: [part(tensor, training=False)], autograph=False)
    return run.get_concrete_function(spec)
