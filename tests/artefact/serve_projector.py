"""What TensorBoard's projector serves of LOGDIR/run: serve_projector.py LOGDIR. Status 77: not installed."""
import json
import struct
import sys
import types
import urllib.parse

try:
    from tensorboard.plugins import base_plugin
    from tensorboard.plugins.projector.projector_plugin import ProjectorPlugin
    from werkzeug.test import Client
except ImportError as error:
    print(error)
    sys.exit(77)


class Runs:
    def list_runs(self, ctx, experiment_id):
        return [types.SimpleNamespace(run_name="run")]


plugin = ProjectorPlugin(base_plugin.TBContext(logdir=sys.argv[1], data_provider=Runs()))
apps = plugin.get_plugin_apps()


def ask(route, **query):
    answer = Client(apps[route]).get(route + "?" + urllib.parse.urlencode(query))
    assert answer.status_code == 200, (route, answer.status, answer.data)
    return answer.data


runs = json.loads(ask("/runs"))
embedding = json.loads(ask("/info", run="run"))["embeddings"][0]
name = embedding["tensorName"]
tensor = ask("/tensor", run="run", name=name)
print(runs, name, embedding["tensorShape"])
print(struct.unpack("<%df" % (len(tensor) // 4), tensor))
print(ask("/metadata", run="run", name=name))
print(len(ask("/sprite_image", run="run", name=name)))
