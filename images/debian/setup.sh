#!/bin/sh
# Nothing to set up: this is plain Debian, for other images to start from.
