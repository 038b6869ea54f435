# Copyright 2026 featuremap_ros contributors
# SPDX-License-Identifier: Apache-2.0
"""The package's metadata, for pip and for colcon."""

from __future__ import annotations

from pathlib import Path
import re

from setuptools import Extension, find_packages, setup

NAME = 'featuremap_ros'
HERE = Path(__file__).resolve().parent
VERSION = re.search(r"__version__ = '(.+)'", (HERE / NAME / 'version.py').read_text())[1]


def files(pattern: str) -> list[str]:
    """Return the files that match a pattern, relative to this folder as setuptools wants them."""
    return sorted(str(path.relative_to(HERE)) for path in HERE.glob(pattern) if path.is_file())


setup(
    name=NAME,
    version=VERSION,
    packages=find_packages(include=[NAME, f'{NAME}.*']),
    # Without a C compiler there is no such module, and OpenCV does its work in twice the time.
    ext_modules=[
        Extension(
            f'{NAME}.vision._blend',
            [f'{NAME}/vision/_blend.c'],
            extra_compile_args=['-O3'],
            optional=True,
        )
    ],
    package_data={
        NAME: [
            'py.typed',
            'config/*',
            'demo/*.keras',
            'profiles/*.yaml',
            'report/template/*',
            'vision/*.pyi',
        ],
    },
    data_files=[
        ('share/ament_index/resource_index/packages', [f'resource/{NAME}']),
        (f'share/{NAME}', ['package.xml']),
        (f'share/{NAME}/launch', files('launch/*.launch.py')),
        (f'share/{NAME}/config', files(f'{NAME}/config/*')),
    ],
    python_requires='>=3.10',
    # Light enough for a Raspberry Pi with a TFLite model: TensorFlow and ROS are extras.
    install_requires=[
        'ai-edge-litert>=2.0',
        'av>=14',
        'h5py>=3.7',
        'mcap>=1.6',
        'numpy>=1.26',
        'opencv-python-headless>=4.6,<5',
        'PyYAML>=6.0',
        'rosbags>=0.11',
        'tqdm>=4.64',
        'zstandard>=0.22',
    ],
    extras_require={
        'dask': ['dask[distributed]>=2023.5', 'fsspec>=2023.5'],
        'gradients': ['keras>=3.12', 'tensorflow>=2.21'],
        'ros': [
            'ros-rclpy[fastrtps]',
            *(
                f'ros-jazzy-{part}'
                for part in (
                    'diagnostic-msgs',
                    'geometry-msgs',
                    'nav-msgs',
                    'rclpy',
                    'rosgraph-msgs',
                    'sensor-msgs',
                    'std-msgs',
                    'std-srvs',
                    'visualization-msgs',
                )
            ),
        ],
        'test': ['hypothesis', 'pytest', 'pytest-timeout', 'rosbags-image', 'tf-keras-vis'],
    },
    entry_points={
        'console_scripts': [
            'featuremap = featuremap_ros.cli.main:main',
            'overlay_node = featuremap_ros.ros.node:main',
            'simulator_node = featuremap_ros.ros.simulator.node:main',
        ],
    },
    zip_safe=False,
    author='featuremap_ros contributors',
    maintainer='featuremap_ros contributors',
    maintainer_email='featuremap-ros@users.noreply.github.com',
    description='See what a driving network reacts to, live on the robot and on recorded races',
    long_description=(HERE / 'README.md').read_text() if (HERE / 'README.md').exists() else '',
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    license_files=['LICENSE'],
    keywords=['ROS', 'self-driving', 'Keras', 'explainability', 'saliency'],
    classifiers=[
        'Intended Audience :: Developers',
        'Intended Audience :: Science/Research',
        'Operating System :: POSIX :: Linux',
        'Programming Language :: Python :: 3',
        'Topic :: Scientific/Engineering :: Image Recognition',
        'Typing :: Typed',
    ],
)
