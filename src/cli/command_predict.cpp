#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "cli/commands.h"
#include "cli/session.h"
#include "dlwork/base/text.h"

namespace dlwork::cli {
namespace {

/// A pipe that is written to by name and read into a stream, so that predictions reach standard
/// output as they are made, whatever standard output is.
class PipeToStream {
 public:
  explicit PipeToStream(std::ostream& out) {
    int ends[2];
    if (::pipe(ends) != 0) {
      throw Error(ExitStatus::kRuntime, std::string("cannot open a pipe: ") + std::strerror(errno));
    }
    write_end_ = ends[1];
    reader_ = std::thread([&out, from = ends[0]] {
      char bytes[1 << 16];
      for (;;) {
        const ssize_t count = ::read(from, bytes, sizeof bytes);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        out.write(bytes, count);
      }
      ::close(from);
    });
  }
  ~PipeToStream() { close(); }
  PipeToStream(const PipeToStream&) = delete;
  PipeToStream& operator=(const PipeToStream&) = delete;

  std::string path() const { return "/dev/fd/" + std::to_string(write_end_); }
  /// Waits until everything written has been read.
  void close() {
    if (write_end_ < 0) return;
    ::close(write_end_);
    write_end_ = -1;
    reader_.join();
  }

 private:
  int write_end_ = -1;
  std::thread reader_;
};

std::int64_t predict_to(Session& session, const std::string& file, phase::PredictOptions options) {
  const auto run = [&] {
    const std::int64_t count = session.engine().predict(file, options, session.engine_options(),
                                                        session.reporter(), session.stop());
    session.reporter().progress_done();
    return count;
  };
  if (options.output != "-") return run();
  PipeToStream pipe(session.out());
  options.output = pipe.path();
  if (options.format.empty()) options.format = "csv";
  return run();
}

}  // namespace

ExitStatus predict_command(Session& session) {
  phase::PredictOptions options;
  options.model = session.value("model");
  options.input = session.value("input");
  options.output = session.value("output", "-");
  options.format = session.value("format");
  if (options.input.empty()) {
    throw Error(ExitStatus::kUsage, "predict needs --input FILE", "the samples to be predicted");
  }
  if (options.output == "-" && session.json()) {
    throw Error(ExitStatus::kUsage, "--json and the predictions cannot both go to standard output",
                "name a file with --output");
  }
  // A model that is named carries all that is needed; else it comes from the workspace.
  const bool alone = !options.model.empty() && session.find_project_file().empty();
  const std::string file = alone ? "project.yaml" : session.project_file();
  const std::int64_t count = predict_to(session, file, options);
  if (session.json()) {
    session.print(
        {{"schema", "dlwork/predict/1"}, {"predictions", count}, {"output", options.output}});
  } else if (options.output != "-") {
    session.out() << "Wrote " << grouped(count) << " predictions to " << options.output << '\n';
  }
  return ExitStatus::kOk;
}

}  // namespace dlwork::cli
