#include "base/log.h"

#include <gtest/gtest.h>

#include <vector>

namespace viaduct::base {
namespace {

// Keeps the lines in both forms; silences the log again when it goes.
class Lines final : public LogSink {
 public:
  explicit Lines(LogLevel least) { set_log_sink(this, least); }
  ~Lines() override {
    set_log_sink(nullptr, LogLevel::off);
    reveal_pii_in_logs(false);
  }
  void write(const LogRecord& record) override {
    json.push_back(format_json(record));
    human.push_back(format_human(record));
  }
  std::vector<std::string> json, human;
};

TEST(Log, WritesFieldsInBothForms) {
  Lines lines(LogLevel::info);
  log(LogLevel::warning, "sip", "call ended",
      {{"call", Id<struct CallTag>{3, 1}},
       {"status", 486},
       {"late", true},
       {"reason", "busy here"}});
  ASSERT_EQ(lines.json.size(), 1u);
  EXPECT_EQ(
      lines.json[0],
      R"({"level":"warning","component":"sip","message":"call ended","call":"3.1","status":486,)"
      R"("late":true,"reason":"busy here"})");
  EXPECT_EQ(lines.human[0],
            R"(warning sip: call ended call=3.1 status=486 late=true reason="busy here")");
}

TEST(Log, NothingBelowTheLevelOrWithoutASink) {
  {
    Lines lines(LogLevel::info);
    log(LogLevel::debug, "sip", "not this");
    log(LogLevel::info, "sip", "this");
    EXPECT_EQ(lines.json.size(), 1u);
    EXPECT_FALSE(log_enabled(LogLevel::debug));
    EXPECT_TRUE(log_enabled(LogLevel::error));
  }
  EXPECT_FALSE(log_enabled(LogLevel::error));
  log(LogLevel::error, "sip", "to nobody");
}

TEST(Log, ALineStaysALine) {
  Lines lines(LogLevel::info);
  log(LogLevel::info, "sip", "m", {{"text", "a\"b\\c\r\n\t\x01"}, {"empty", ""}});
  EXPECT_EQ(
      lines.json[0],
      R"({"level":"info","component":"sip","message":"m","text":"a\"b\\c\r\n\t\u0001","empty":""})");
  EXPECT_EQ(lines.human[0], R"(info    sip: m text="a\"b\\c\r\n\t\u0001" empty="")");
}

TEST(Log, PersonalDataIsRedactedUnlessAllowed) {
  Lines lines(LogLevel::info);
  const Pii<std::string> number("+4930123456");
  log(LogLevel::info, "sip", "m", {{"caller", number}});
  reveal_pii_in_logs(true);
  log(LogLevel::info, "sip", "m", {{"caller", number}});
  ASSERT_EQ(lines.human.size(), 2u);
  EXPECT_EQ(lines.human[0], "info    sip: m caller=<redacted>");
  EXPECT_EQ(lines.json[0].find("4930"), std::string::npos);
  EXPECT_EQ(lines.human[1], "info    sip: m caller=+4930123456");
}

// Secrets cannot even be named in a log call.
static_assert(!std::is_constructible_v<LogField, std::string_view, const Secret<std::string>&>);

}  // namespace
}  // namespace viaduct::base
