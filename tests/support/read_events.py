"""Prints what TensorBoard's own reader finds in a folder of event files, as one JSON document.

The reader checks the check sums of every record and parses every message.
"""

import glob
import json
import sys

try:
    from tensorboard.backend.event_processing import event_file_loader
    from tensorboard.compat.proto import graph_pb2
    from tensorboard.plugins.hparams import plugin_data_pb2
    from tensorboard.util import tensor_util
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)


def plain_hparams(content):
    data = plugin_data_pb2.HParamsPluginData.FromString(content)
    kind = data.WhichOneof("data")
    if kind == "experiment":
        return {
            "hparams": [[i.name, i.type] for i in data.experiment.hparam_infos],
            "metrics": [i.name.tag for i in data.experiment.metric_infos],
        }
    if kind == "session_start_info":
        values = {}
        for key, value in data.session_start_info.hparams.items():
            values[key] = getattr(value, value.WhichOneof("kind"))
        return {"name": data.session_start_info.group_name, "settings": values}
    return {"status": data.session_end_info.status}


def plain_value(value):
    # What the loader turned into tensors says so in its metadata.
    plugin = value.metadata.plugin_data.plugin_name
    if plugin == "hparams":
        return plain_hparams(value.metadata.plugin_data.content)
    array = tensor_util.make_ndarray(value.tensor)
    if plugin == "images":
        return [array[0].decode(), array[1].decode(), len(array[2])]
    if array.dtype == object:
        return [text.decode() for text in array.ravel()]
    return array.tolist()


def main():
    found = []
    for path in sorted(glob.glob(sys.argv[1] + "/events.out.tfevents.*")):
        for event in event_file_loader.EventFileLoader(path).Load():
            kind = event.WhichOneof("what")
            if kind == "file_version":
                found.append({"version": event.file_version})
            elif kind == "graph_def":
                graph = graph_pb2.GraphDef.FromString(event.graph_def)
                nodes = [[n.name, n.op, list(n.input), [d.size for d in
                          n.attr["_output_shapes"].list.shape[0].dim], n.attr["parameters"].i]
                         for n in graph.node]
                found.append({"graph": nodes})
            elif kind == "session_log":
                found.append({"restarted": event.step, "status": event.session_log.status})
            for value in event.summary.value:
                if value.metadata.plugin_data.plugin_name == "graphs":
                    continue  # the loader's own copy of graph_def
                found.append({
                    "tag": value.tag,
                    "step": event.step,
                    "plugin": value.metadata.plugin_data.plugin_name,
                    "value": plain_value(value),
                })
    json.dump(found, sys.stdout)


main()
