#!/usr/bin/env bash
# The course on The Littlest JupyterHub 2: one machine, up to some hundred users. Not run by the course's tests, which read it.
# As root, in a clone of the course, on a fresh Ubuntu; NAME is your account on the hub:
#
#   sudo deploy/littlest-jupyterhub.sh NAME
set -eu
cd "$(dirname "$0")/.."
admin=${1:?"name the account of the administrator: sudo $0 NAME"}
user=/opt/tljh/user

curl -fsSL https://tljh.jupyter.org/bootstrap.py | python3 - --version 2.0.0 --admin "$admin"
"$user/bin/python" -c 'import sys; sys.exit("the hub has Python %d.%d; the course needs 3.12" % sys.version_info[:2] if sys.version_info < (3, 12) else 0)'

# As of the date in pyproject.toml, which uv reads; the hub's own JupyterHub stays at 5.
"$user/bin/pip" install uv==0.13.9
"$user/bin/uv" pip install --python "$user/bin/python" --compile-bytecode . "jupyterhub>=5,<6"
mkdir -p "$user/etc/jupyter"
cp deploy/jupyter_server_config.py "$user/etc/jupyter/"

tljh-config set user_environment.default_app jupyterlab
tljh-config set limits.memory 2G
tljh-config set services.cull.timeout 3600
tljh-config reload
