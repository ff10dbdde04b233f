#include <cstdlib>
#include <filesystem>

#include "dlwork/base/files.h"
#include "spec_support.h"
#include "support/places.h"
#include "support/temporary_folder.h"

namespace dlwork::spec {
namespace {

// Validates documents with Python's jsonschema: prints the index of each that does not fit.
constexpr const char* kValidator = R"(
import json, sys
from jsonschema import Draft202012Validator
job = json.load(open(sys.argv[1]))
Draft202012Validator.check_schema(job["schema"])
validator = Draft202012Validator(job["schema"])
bad = {}
for number, document in enumerate(job["documents"]):
    errors = [e.json_path + ": " + e.message[:200] for e in validator.iter_errors(document)]
    if errors:
        bad[number] = errors
json.dump(bad, open(sys.argv[2], "w"))
)";

class SchemaTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* python = std::getenv("DLWORK_PEERS_PYTHON");
    if (python == nullptr) GTEST_SKIP() << "DLWORK_PEERS_PYTHON names no Python";
    python_ = python;
    if (std::system((python_ + " -c 'import jsonschema' 2>/dev/null").c_str()) != 0) {
      GTEST_SKIP() << python_ << " has no jsonschema";
    }
  }

  /// What an independent validator says of each document, by index.
  Json validate(const Json& documents) {
    const dlwork::testing::TemporaryFolder folder;
    const std::string job = (folder.path() / "job.json").string();
    const std::string answer = (folder.path() / "answer.json").string();
    const std::string script = (folder.path() / "validate.py").string();
    write_file(job, Json{{"schema", project_schema()}, {"documents", documents}}.dump());
    write_file(script, kValidator);
    const int status = std::system((python_ + " " + script + " " + job + " " + answer).c_str());
    EXPECT_EQ(status, 0);
    return status == 0 ? parse_json(read_file(answer), answer) : Json();
  }

  static Json document(const std::string& text) {
    Diagnostics problems;
    const Node node = parse_yaml(text, "f", problems);
    EXPECT_TRUE(problems.empty()) << text;
    return to_json(node);
  }

  std::string python_;
};

TEST_F(SchemaTest, AcceptsEveryExampleAndEntryOfTheCatalogue) {
  Json documents = Json::array();
  namespace fs = std::filesystem;
  const fs::path examples = places::source_folder() + "/examples";
  for (const auto& entry : fs::recursive_directory_iterator(examples)) {
    if (entry.path().filename() != "project.yaml") continue;
    documents.push_back(document(read_file(entry.path())));
    EXPECT_NO_THROW(read_project(read_file(entry.path()), entry.path().string(), {}));
  }
  EXPECT_GE(documents.size(), 1u) << "no example found";
  for (const Analogy& analogy : analogies()) {
    Json project = to_json(analogy.project);
    if (project.is_null()) project = Json::object();
    project["data"]["train"] = "a.csv";
    documents.push_back(project);
  }
  EXPECT_EQ(validate(documents), Json::object());
}

TEST_F(SchemaTest, AcceptsWhatTheReaderAccepts) {
  Json documents = Json::array();
  for (const std::string text : {
           "data: {train: a}\n",
           "data: {train: [a, b], test: 10%, validation: 0.1, columns: {5: number}}\n",
           "data: {train: {path: a, labels: b, x-note: 1}, test: 500, header: no}\n",
           "data: {train: a, class_names: [0, 1, true]}\ngoal: {target: null, budget: {time: "
           "90}}\n",
           "data: {train: a}\ngoal: {budget: {time: 1h30min}}\nmodel: \ntraining: {epochs: 1}\n",
           "data: {train: a}\nmodel: {layers: [relu, linear: 4, conv2d: {channels: 2}, dropout: , "
           "max_pool2d: 3, residual: [tanh, {linear: {units: 3}}]]}\n",
           "data: {train: a}\ntune: {space: {training.epochs: [1, 2], training.learning_rate: "
           "{low: 1e-4, high: 1, log: true}}}\nx-mine: [1]\n",
           "data: {train: a}\naccept: [{finding: A, reason: b, until: 2027-01-01}]\n",
           "data: {train: a}\ntraining: {memory: 1.5 GB}\n",
           "data: {train: a}\ntraining: {memory: 4096}\n",
       }) {
    EXPECT_THAT(problems_of(text), ::testing::IsEmpty()) << text;
    documents.push_back(document(text));
    documents.push_back(dump_json(read(text)));
    documents.push_back(document(dump_yaml(read(text), Origins::kHide)));
  }
  EXPECT_EQ(validate(documents), Json::object());
}

TEST_F(SchemaTest, RefusesWhatTheReaderRefuses) {
  Json documents = Json::array();
  for (const std::string text : {
           "name: x\n",
           "data: {train: 5}\n",
           "data: {train: a, colums: {}}\n",
           "data: {train: a, header: maybe}\n",
           "data: {train: a}\ntraining: {learning_rate: 0}\n",
           "data: {train: a}\ntraining: {epochs: 1.5}\n",
           "data: {train: a}\ngoal: {budget: {time: soon}}\n",
           "data: {train: a}\ntraining: {memory: 2G}\n",
           "data: {train: a}\ntraining: {memory: -1}\n",
           "data: {train: a}\nmodel: {layers: [linar: 3]}\n",
           "data: {train: a}\nmodel: {layers: [linear]}\n",
           "data: {train: a}\nmodel: {layers: [{linear: 1, relu: 2}]}\n",
           "data: {train: a}\ntune: {space: {training.epoch: [1]}}\n",
           "data: {train: a}\naccept: [{finding: A}]\n",
           "data: {train: a}\ndlwork: 2\n",
       }) {
    EXPECT_THAT(problems_of(text), ::testing::Not(::testing::IsEmpty())) << text;
    documents.push_back(document(text));
  }
  const Json refused = validate(documents);
  for (std::size_t i = 0; i < documents.size(); ++i) {
    EXPECT_TRUE(refused.contains(std::to_string(i))) << documents[i];
  }
}

}  // namespace
}  // namespace dlwork::spec
