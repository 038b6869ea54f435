# Everything a fresh machine needs: make demo, make test. Both set up .venv first.
#   PYTHON=python3.12    the Python to set up with (3.11, 3.12 or 3.13)
#   ROS_WHEELS=kilted    rclpy from Kilted's wheels, in an environment of its own
#   ARGS='...'           passed on to the demo, to pytest, to the benchmarks or to the pictures

PYTHON ?= python3
ROS_WHEELS ?= jazzy
VENV ?= .venv$(if $(filter-out jazzy,$(ROS_WHEELS)),-$(ROS_WHEELS))
BIN := $(VENV)/bin

# A sourced ROS 2 would put its own rclpy before the wheels.
ifdef ROS_DISTRO
unexport AMENT_PREFIX_PATH LD_LIBRARY_PATH PYTHONPATH
endif

.PHONY: help setup demo test bench media lint format lock clean

help:
	@echo 'make demo    drive and render a small race; the result is in demo_out/'
	@echo 'make test    run the tests'
	@echo 'make bench   print the speed ratios of benchmarks/'
	@echo 'make media   make the pictures of README and docs again'
	@echo 'make lint    run the linters; make format mends what they can'
	@echo 'make lock    resolve requirements/*.in again (needs uv)'
	@echo 'make clean   remove what these made'

setup:
	@$(PYTHON) requirements/install.py --venv $(VENV) --ros-wheels $(ROS_WHEELS) \
		$(if $(filter file,$(origin PYTHON)),--keep-python)

demo: setup
	@$(BIN)/featuremap demo --out demo_out $(ARGS)

test: setup
	@$(BIN)/python -m pytest $(ARGS)

bench: setup
	@$(BIN)/python -m benchmarks $(ARGS)

media: setup
	@$(BIN)/python docs/media/make.py $(ARGS)

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python -m mypy

format: setup
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock:
	@$(PYTHON) requirements/lock.py

clean:
	rm -rf .venv .venv-* demo_out build dist install log *.egg-info .coverage .*_cache \
		featuremap_ros/vision/*.so
