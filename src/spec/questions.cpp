#include "dlwork/spec/questions.h"

namespace dlwork::spec {

const std::vector<Question>& questions() {
  static const std::vector<Question> all{
      {"why_network", "Why should a network solve this, and not rules or a classical model?"},
      {"human_level",
       "How well does a person, or the program used today, do it? As the goal's number."},
      {"cost_of_errors", "What does each kind of error cost, and is one kind worse than another?"},
      {"deployment",
       "Where will the network run, on what input, how fast and how large may it be?"},
      {"data_source", "Where do the data come from, and may they be used for this?"},
      {"data_amount",
       "How many labelled samples are there, and how many more can be had at what cost?"},
      {"confidence", "Who set the labels, and how often would two people disagree?"},
      {"representative",
       "Do the data cover the whole space the network will meet: every site, season, device, "
       "group?"},
      {"class_balance", "How often does each class occur in the real world, against the data?"},
      {"easier_version", "What is an easier version of the problem that can be solved first?"},
      {"shortcut", "What shortcut is there: cleaner data, fewer data, weights of a like network?"},
      {"compute", "What machines, hours and people are there for training and upkeep?"},
  };
  return all;
}

}  // namespace dlwork::spec
