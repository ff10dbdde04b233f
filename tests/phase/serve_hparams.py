"""The table of trials that TensorBoard's HParams page shows of a folder: serve_hparams.py LOGDIR.

Asks the plugin itself, over its own routes, and prints {"hparams": {name: type}, "metrics": [tag],
"trials": {name: {"status", "hparams", "metrics": {tag: [value, step]}}}}. Status 77: not installed.
"""
import json
import sys

try:
    from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer
    from tensorboard.plugins import base_plugin
    from tensorboard.plugins.hparams.hparams_plugin import HParamsPlugin
    from werkzeug.test import Client
except ImportError as error:
    print(error)
    sys.exit(77)

logdir = sys.argv[1]
runs = plugin_event_multiplexer.EventMultiplexer()
runs.AddRunsFromDirectory(logdir)
runs.Reload()
context = base_plugin.TBContext(logdir=logdir, multiplexer=runs,
                                data_provider=data_provider.MultiplexerDataProvider(runs, logdir))
apps = HParamsPlugin(context).get_plugin_apps()


def ask(route, request):
    answer = Client(apps[route]).post("/experiment/" + route, data=json.dumps(request), content_type="application/json")
    assert answer.status_code == 200, (route, answer.status, answer.data)
    return json.loads(answer.data)


experiment = ask("/experiment", {"experimentName": ""})
statuses = ["STATUS_UNKNOWN", "STATUS_SUCCESS", "STATUS_FAILURE", "STATUS_RUNNING"]
columns = [{"metric": {"tag": info["name"]["tag"], "group": info["name"].get("group", "")}}
           for info in experiment["metricInfos"]]
groups = ask("/session_groups", {
    "experimentName": "", "allowedStatuses": statuses, "colParams": columns,
    "aggregationType": "AGGREGATION_AVG", "startIndex": 0, "sliceSize": 1000})
trials = {}
for group in groups["sessionGroups"]:
    [session] = group["sessions"]
    trials[session["name"]] = {
        "status": session["status"], "hparams": group["hparams"],
        "metrics": {m["name"]["tag"]: [m["value"], m.get("trainingStep", 0)] for m in session["metricValues"]}}
json.dump({"hparams": {info["name"]: info["type"] for info in experiment["hparamInfos"]},
           "metrics": [info["name"]["tag"] for info in experiment["metricInfos"]],
           "trials": trials}, sys.stdout)
