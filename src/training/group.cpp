#include "dlwork/training/processes.h"

#include "dlwork/base/text.h"

#ifdef DLWORK_GLOO

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#ifdef DLWORK_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <thread>

#include "dlwork/base/files.h"
#include "dlwork/base/json.h"
#include "dlwork/base/machine.h"

namespace dlwork::training {
namespace {

using Store = c10::intrusive_ptr<c10d::Store>;
using std::chrono::milliseconds;

constexpr milliseconds kPoll{10};
/// A process that ends says why a moment before its connections close.
constexpr double kReasonSeconds = 2;
constexpr char kFailedKey[] = "failed";
constexpr char kLeftKey[] = "left";
constexpr char kNoWord[] = " ended without a word";
constexpr char kAdvice[] = "the last checkpoint stays; go on with --resume";

std::vector<std::uint8_t> bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

std::string name_of(const World& world, int rank) {
  return "process " + std::to_string(rank) + " of " + std::to_string(world.size);
}

/// LibTorch's messages go on with call stacks.
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

milliseconds timeout_of(const World& world) {
  return milliseconds(static_cast<std::int64_t>(1000 * world.timeout_seconds));
}

Store open_store(const World& world) {
  Store store;
  if (!world.meeting_file.empty()) {
    store = c10::make_intrusive<c10d::FileStore>(world.meeting_file, world.size);
  } else {
    c10d::TCPStoreOptions options;
    options.port = static_cast<std::uint16_t>(world.port);
    options.isServer = world.leads() && !world.hosted;
    options.numWorkers = world.size;
    options.waitWorkers = false;
    options.timeout = timeout_of(world);
    // Not every build has libuv; the plain server is enough for what is exchanged here.
    [](auto& any) {
      if constexpr (requires { any.useLibUV; }) any.useLibUV = false;
    }(options);
    store = c10::make_intrusive<c10d::TCPStore>(world.address, options);
  }
  return c10::make_intrusive<c10d::PrefixStore>("dlwork" + world.attempt, store);
}

/// Where processes find one another and leave the reason of their end.
class Meeting {
 public:
  explicit Meeting(const World& world) : world_(world), parent_(::getppid()) {
    try {
      store_ = open_store(world);
    } catch (const std::exception& problem) {
      const std::string place = world.meeting_file.empty()
                                    ? world.address + ":" + std::to_string(world.port)
                                    : world.meeting_file;
      throw Error(
          ExitStatus::kRuntime,
          name_of(world, world.rank) + " cannot meet the others at " + place + ": " +
              first_line(problem.what()),
          "MASTER_ADDR and MASTER_PORT must name process 0's machine and a free port there");
    }
  }

  const Store& store() const { return store_; }

  /// Until all have come to the place of this name.
  void wait_for_all(const std::string& place, double seconds, const StopFlag& stop) {
    store_->set(place + "/" + std::to_string(world_.rank), bytes_of("1"));
    const double start = monotonic_seconds();
    for (int rank = 0; rank < world_.size; ++rank) {
      while (!store_->check({place + "/" + std::to_string(rank)})) {
        if (stop.requested()) throw Error(ExitStatus::kInterrupted, "stopped");
        look_for_reason();
        if (monotonic_seconds() - start > seconds) {
          throw Error(ExitStatus::kRuntime,
                      name_of(world_, rank) + " did not come within " + pretty_duration(seconds),
                      "start all of them, or raise --timeout");
        }
        std::this_thread::sleep_for(kPoll);
      }
    }
  }

  bool tell(const Error& failure) {
    if (lost_) return false;
    Json told = {{"rank", world_.rank}, {"status", failure.status()}};
    told["message"] = failure.diagnostics().empty() ? "" : failure.diagnostics().front().message;
    told["hint"] = failure.diagnostics().empty() ? "" : failure.diagnostics().front().hint;
    store_->set(kFailedKey, bytes_of(told.dump()));
    return told_ = true;
  }

  /// Throws why another process fails or is lost, where one is.
  void look_for_reason() {
    if (told_) return;
    if (!store_->check({kFailedKey})) return look_for_the_dead();
    const auto bytes = store_->get(kFailedKey);
    const Json told = Json::parse(bytes.begin(), bytes.end());
    store_->add(kLeftKey, 1);
    const auto status = static_cast<ExitStatus>(told.at("status").get<int>());
    if (!world_.leads()) throw told_elsewhere(status);
    throw Error(
        status,
        name_of(world_, told.at("rank").get<int>()) + ": " + told.at("message").get<std::string>(),
        told.at("hint").get<std::string>());
  }

  /// Another process is gone, as c10d's `what` says: throws the reason.
  [[noreturn]] void explain(const std::string& what) {
    const double start = monotonic_seconds();
    try {
      while (monotonic_seconds() - start < kReasonSeconds) {
        look_for_reason();
        std::this_thread::sleep_for(kPoll);
      }
    } catch (const Error&) {
      throw;
    } catch (const std::exception&) {
      lost(name_of(world_, 0) + kNoWord, what);  // it held the store
    }
    const bool late = what.find("imed out") != std::string::npos;
    lost(late ? "another process gave no answer within " + pretty_duration(world_.timeout_seconds)
         : world_.size == 2 ? name_of(world_, 1 - world_.rank) + kNoWord
                            : "another process" + std::string(kNoWord),
         what);
  }

  /// The one that holds the store waits until the others have read why it ends.
  void let_them_read() noexcept {
    if (!told_ || !world_.leads()) return;
    const double start = monotonic_seconds();
    try {
      while (store_->add(kLeftKey, 0) < world_.size - 1 &&
             monotonic_seconds() - start < kReasonSeconds) {
        std::this_thread::sleep_for(kPoll);
      }
    } catch (const std::exception&) {
      return;  // nobody can read it any more
    }
  }

 private:
  /// The first process, where it started this one; or what it knows of one that was killed.
  void look_for_the_dead() {
    if (world_.meeting_file.empty()) return;
    if (!world_.leads() && ::getppid() != parent_) lost(name_of(world_, 0) + kNoWord, "");
    const std::filesystem::path file = world_.meeting_file + ".lost";
    if (!std::filesystem::exists(file)) return;
    if (!world_.leads()) throw told_elsewhere(ExitStatus::kRuntime);
    throw Error(ExitStatus::kRuntime, read_file(file), kAdvice);
  }

  [[noreturn]] void lost(const std::string& who, const std::string& what) {
    lost_ = true;
    const std::string line = first_line(what);
    throw Error(ExitStatus::kRuntime,
                name_of(world_, world_.rank) + ": " + who + (line.empty() ? "" : ": " + line),
                kAdvice);
  }

  const World& world_;
  const pid_t parent_;  ///< at the start: where it changes, that one is gone
  Store store_;
  bool told_ = false;
  bool lost_ = false;  ///< the others are gone: nobody reads what this one tells
};

std::shared_ptr<::gloo::transport::Device> device_for(const World& world) {
  using c10d::ProcessGroupGloo;
  const char* interface = std::getenv("GLOO_SOCKET_IFNAME");
  if (interface != nullptr) return ProcessGroupGloo::createDeviceForInterface(interface);
  if (world.local_size == world.size) return ProcessGroupGloo::createDeviceForHostname("127.0.0.1");
  return ProcessGroupGloo::createDefaultDevice();
}

class C10dGroup final : public JoinedGroup {
 public:
  C10dGroup(const World& world, const std::string& device, const StopFlag& stop)
      : world_(world), meeting_(world_) {
    guarded([&] {
      meeting_.wait_for_all("here", world.timeout_seconds, stop);
      const auto options = c10d::ProcessGroupGloo::Options::create(timeout_of(world));
      options->devices.push_back(device_for(world));
      gloo_ = c10::make_intrusive<c10d::ProcessGroupGloo>(
          c10::make_intrusive<c10d::PrefixStore>("gloo", meeting_.store()), world.rank, world.size,
          options);
      if (device.rfind("cuda", 0) == 0) open_nccl();
    });
  }

  ~C10dGroup() override {
    works_.clear();
    gloo_.reset();
#ifdef DLWORK_NCCL
    nccl_.reset();
#endif
    meeting_.let_them_read();
  }

  int rank() const override { return world_.rank; }
  int size() const override { return world_.size; }

  void start_sum(const at::Tensor& values) override {
    std::vector<at::Tensor> list{values};
    guarded([&] {
#ifdef DLWORK_NCCL
      if (values.is_cuda()) {
        works_.push_back(nccl_->allreduce(list));
        return;
      }
#endif
      works_.push_back(gloo_->allreduce(list));
    });
  }

  void wait() override {
    guarded([&] {
      for (const auto& work : works_) work->wait();
    });
    works_.clear();
  }

  void broadcast(const at::Tensor& values) override {
    std::vector<at::Tensor> list{values};
    guarded([&] {
#ifdef DLWORK_NCCL
      if (values.is_cuda()) {
        nccl_->broadcast(list)->wait();
        return;
      }
#endif
      gloo_->broadcast(list)->wait();
    });
  }

  void sum(std::vector<double>& values) override {
    start_sum(
        at::from_blob(values.data(), {static_cast<std::int64_t>(values.size())}, at::kDouble));
    wait();
  }

  void broadcast(std::string& text) override {
    std::int64_t length = static_cast<std::int64_t>(text.size());
    broadcast(at::from_blob(&length, {1}, at::kLong));
    text.resize(static_cast<std::size_t>(length));
    if (length > 0) broadcast(at::from_blob(text.data(), {length}, at::kByte));
  }

  void check() override {
    guarded([&] { meeting_.look_for_reason(); });
  }

  void meet(const StopFlag& stop) override {
    guarded([&] {
      meeting_.wait_for_all("met " + std::to_string(++meetings_),
                            std::numeric_limits<double>::infinity(), stop);
    });
  }

  std::vector<std::string> gather(const std::string& text) override {
    std::vector<double> lengths(static_cast<std::size_t>(world_.size), 0);
    lengths[static_cast<std::size_t>(world_.rank)] = static_cast<double>(text.size());
    sum(lengths);
    const auto longest =
        static_cast<std::int64_t>(*std::max_element(lengths.begin(), lengths.end()));
    std::vector<std::string> texts(lengths.size(),
                                   std::string(static_cast<std::size_t>(longest), ' '));
    if (longest == 0) return texts;
    std::string own = text;
    own.resize(static_cast<std::size_t>(longest));
    std::vector<at::Tensor> from{at::from_blob(own.data(), {longest}, at::kByte)};
    std::vector<std::vector<at::Tensor>> to(1);
    for (std::string& each : texts)
      to[0].push_back(at::from_blob(each.data(), {longest}, at::kByte));
    guarded([&] { gloo_->allgather(to, from)->wait(); });
    for (std::size_t i = 0; i < texts.size(); ++i)
      texts[i].resize(static_cast<std::size_t>(lengths[i]));
    return texts;
  }

  bool tell(const Error& failure) noexcept override {
    try {
      return meeting_.tell(failure);
    } catch (const std::exception&) {
      return false;  // whoever holds the store is gone
    }
  }

 private:
  template <class Work>
  void guarded(const Work& work) {
    try {
      work();
    } catch (const Error&) {
      throw;
    } catch (const std::exception& problem) {
      meeting_.explain(problem.what());
    }
  }

  void open_nccl() {
#ifdef DLWORK_NCCL
    nccl_ = c10::make_intrusive<c10d::ProcessGroupNCCL>(
        c10::make_intrusive<c10d::PrefixStore>("nccl", meeting_.store()), world_.rank, world_.size);
#else
    throw Error(
        ExitStatus::kRuntime,
        "this LibTorch has no NCCL, over which processes on CUDA devices exchange gradients",
        "take one built with it, use --device cpu, or leave --processes out");
#endif
  }

  const World world_;
  Meeting meeting_;
  int meetings_ = 0;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo_;
#ifdef DLWORK_NCCL
  c10::intrusive_ptr<c10d::ProcessGroupNCCL> nccl_;
#endif
  std::vector<c10::intrusive_ptr<c10d::Work>> works_;
};

}  // namespace

std::unique_ptr<JoinedGroup> join_group(const World& world, const std::string& device,
                                        const StopFlag& stop) {
  return std::make_unique<C10dGroup>(world, device, stop);
}

}  // namespace dlwork::training

#else

namespace dlwork::training {

std::unique_ptr<JoinedGroup> join_group(const World&, const std::string&, const StopFlag&) {
  throw Error(
      ExitStatus::kRuntime,
      "this program's LibTorch has no Gloo, over which processes exchange gradients",
      "build dlwork with one that has (PyPI's torch, Debian's libtorch-dev), or train in one "
      "process");
}

}  // namespace dlwork::training

#endif

namespace dlwork::training {

bool is_told_elsewhere(const Error& failure) { return failure.diagnostics().empty(); }

Error told_elsewhere(ExitStatus status) { return Error(status, Diagnostics{}); }

}  // namespace dlwork::training
