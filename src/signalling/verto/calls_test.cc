#include "signalling/verto/endpoint_fixture.h"

namespace viaduct::verto {
namespace {

class Calls : public EndpointTest {
 protected:
  Calls() : c_(log_in()) { events_.clear(); }

  CallId ring(ConnId from = {}) {
    const auto call = endpoint_->invite(endpoint_->find_session("s1"),
                                        {"offer", {"2001", "Ines Calder"}, {"1000", ""}}, now_);
    EXPECT_TRUE(call.has_value());
    drain();
    const auto frames = take(from ? from : c_);
    ring_id_ =
        jsonrpc::parse(frames.at(0), 64)->value.at("params").at("callID").as_string().c_str();
    ring_frame_ = frames.at(0);
    return *call;
  }
  std::vector<std::string> after_answer(CallId call, std::string_view sdp = "answer") {
    endpoint_->answer(call, sdp, now_);
    drain();
    return take(c_);
  }
  std::vector<std::string> after_bye(CallId call, Cause cause) {
    endpoint_->bye(call, cause, now_);
    drain();
    return take(c_);
  }

  ConnId c_;
  std::string ring_id_;
  std::string ring_frame_;
};

constexpr const char* kDisplay =
    R"({"callID":"c1","display_name":"Outbound Call","display_number":"3000","caller_id_name":"Extension 1000","caller_id_number":"1000","callee_id_name":"Outbound Call","callee_id_number":"3000","display_direction":"inbound"})";
const std::string kGone =
    R"({"jsonrpc":"2.0","id":7,"error":{"callID":"c1","message":"CALL DOES NOT EXIST","code":-32002}})";

TEST_F(Calls, InviteIsRepliedToBeforeItIsActedOn) {
  const auto frames = ask(c_, "verto.invite", invite_params("c1"));
  EXPECT_EQ(frames, std::vector<std::string>{
                        result(R"({"message":"CALL CREATED","callID":"c1","sessid":"s1"})")});
  ASSERT_GE(events_.size(), 2u);
  EXPECT_TRUE(std::holds_alternative<Send>(events_[0]));
  const auto call = event<IncomingCall>();
  EXPECT_EQ(call.call_id, "c1");
  EXPECT_EQ(call.sdp, "offer");
  EXPECT_EQ(call.destination, "3000");
  EXPECT_EQ(call.user.id, "1000@example.net");
  EXPECT_EQ(call.user.context, "default");
}

TEST_F(Calls, AnswerWithoutMediaCarriesTheSdp) {
  const auto frames = after_answer(call_from(c_));
  ASSERT_EQ(frames.size(), 2u);
  expect_request(frames[0], "verto.answer", R"({"callID":"c1","sdp":"answer","variables":{}})");
  expect_request(frames[1], "verto.display", kDisplay);
}

TEST_F(Calls, SdpGoesOnceInMediaThenAnswer) {
  const CallId call = call_from(c_);
  endpoint_->media(call, "early", now_);
  endpoint_->media(call, "again", now_);
  drain();
  const auto media = take(c_);
  ASSERT_EQ(media.size(), 1u);
  expect_request(media[0], "verto.media", R"({"callID":"c1","sdp":"early","variables":{}})");
  const auto frames = after_answer(call);  // in the same instant
  expect_request(frames.at(0), "verto.answer", R"({"callID":"c1","variables":{}})");
  endpoint_->media(call, "late", now_);
  endpoint_->answer(call, "twice", now_);
  drain();
  EXPECT_TRUE(take(c_).empty());
}

TEST_F(Calls, DisplayIsSentAfterTheAnswerAndOnlyWhenItChanges) {
  const CallId call = call_from(c_);
  endpoint_->display(call, {"2002", "Tomas"}, now_);
  drain();
  EXPECT_TRUE(take(c_).empty());
  const auto frames = after_answer(call);
  EXPECT_NE(frames.at(1).find(R"("display_name":"Tomas","display_number":"2002")"),
            std::string::npos);
  EXPECT_NE(frames.at(1).find(R"("callee_id_number":"2002")"), std::string::npos);
  endpoint_->display(call, {"2002", "Tomas"}, now_);
  endpoint_->display(call, {"2003", "Okoye"}, now_);
  drain();
  EXPECT_EQ(take(c_).size(), 1u);
}

TEST_F(Calls, NamesFromElsewhereAreMadeUtf8) {
  const CallId call = call_from(c_);
  endpoint_->display(call, {"1", "J\xF6rg"}, now_);
  EXPECT_NE(after_answer(call).at(1).find("\"display_name\":\"J\xEF\xBF\xBDrg\""),
            std::string::npos);
}

TEST_F(Calls, CallerIdIsTheDirectorysUnlessPermitted) {
  ask(c_, "verto.invite", invite_params("c2"));
  EXPECT_EQ(event<IncomingCall>().caller, (Party{"1000", "Extension 1000"}));
  directory_.templates["1001"].permissions.choose_caller_id = true;
  ask(log_in("1001", "s2"), "verto.invite", invite_params("c3"));
  EXPECT_EQ(event<IncomingCall>().caller, (Party{"999", "Ines"}));
}

TEST_F(Calls, InviteErrors) {
  const auto call_error = [](int code, std::string_view name) {
    return error(R"({"message":"CALL ERROR","causeCode":)" + std::to_string(code) +
                 R"(,"cause":")" + std::string(name) + R"(","code":-32002})");
  };
  const std::string invalid = call_error(95, "INVALID_MSG_UNSPECIFIED");
  EXPECT_EQ(ask(c_, "verto.invite", "{}").at(0), invalid);
  EXPECT_EQ(ask(c_, "verto.invite", R"({"sdp":"o","dialogParams":{}})").at(0), invalid);
  EXPECT_EQ(ask(c_, "verto.invite", R"({"dialogParams":{"callID":"c1"}})").at(0), invalid);
  EXPECT_EQ(ask(c_, "verto.invite", invite_params(std::string(257, 'x'))).at(0), invalid);
  call_from(c_);
  // The same again is a retry; another offer under the same id is not.
  EXPECT_EQ(ask(c_, "verto.invite", invite_params("c1")).at(0),
            result(R"({"message":"CALL CREATED","callID":"c1","sessid":"s1"})"));
  EXPECT_TRUE(events<IncomingCall>().empty());
  EXPECT_EQ(ask(c_, "verto.invite", R"({"sdp":"other","dialogParams":{"callID":"c1"}})").at(0),
            call_error(27, "DESTINATION_OUT_OF_ORDER"));
  for (int i = 2; i <= 16; ++i) call_from(c_, "c" + std::to_string(i));
  EXPECT_EQ(ask(c_, "verto.invite", invite_params("c17")).at(0),
            call_error(27, "DESTINATION_OUT_OF_ORDER"));
  EXPECT_EQ(endpoint_->call_count(), 16u);
}

TEST_F(Calls, TheCallIdIsFoundHoweverItIsWritten) {
  for (const char* params :
       {R"({"sdp":"o","dialogParams":{"callId":"a"}})",
        R"({"sdp":"o","DialogParams":{"CallID":"b"}})", R"({"sdp":"o","callID":"c"})",
        R"({"sdp":"o","callID":"d","dialogParams":{}})"})
    EXPECT_NE(ask(c_, "verto.invite", params).at(0).find("CALL CREATED"), std::string::npos)
        << params;
}

TEST_F(Calls, VariablesOfSessionAndCall) {
  const ConnId d = open();
  ask(d, "login",
      R"({"login":"1001","passwd":"1234","userVariables":{"shop":"north","beta":true,"n":5}})");
  ask(d, "verto.invite", R"({"sdp":"o","dialogParams":{"callID":"x","userVariables":{"a":"b"}}})");
  EXPECT_EQ(event<IncomingCall>().variables,
            (Variables{{"shop", "north"}, {"beta", "true"}, {"a", "b"}}));
}

TEST_F(Calls, ClientHangsUpInEachState) {
  for (const int state : {0, 1, 2}) {
    const CallId call = call_from(c_);
    if (state >= 1) endpoint_->media(call, "sdp", now_);
    if (state >= 2) endpoint_->answer(call, "sdp", now_);
    drain();
    take(c_);
    EXPECT_EQ(
        ask(c_, "verto.bye", of_call("c1")),
        std::vector<std::string>{result(
            R"({"callID":"c1","message":"CALL ENDED","causeCode":16,"cause":"NORMAL_CLEARING","sessid":"s1"})")});
    const auto ended = event<CallEnded>();
    EXPECT_EQ(ended.call, call);
    EXPECT_EQ(ended.cause, Cause::normal_clearing);
    EXPECT_EQ(ended.answered, state == 2);
    EXPECT_EQ(endpoint_->call_count(), 0u);
  }
}

TEST_F(Calls, ServerHangsUpAndTheEchoedByeFindsNothing) {
  for (const int state : {0, 1, 2}) {
    const CallId call = call_from(c_);
    if (state >= 1) endpoint_->media(call, "sdp", now_);
    if (state >= 2) endpoint_->answer(call, "sdp", now_);
    drain();
    take(c_);
    const auto frames = after_bye(call, Cause::user_busy);
    ASSERT_EQ(frames.size(), 1u);
    expect_request(frames[0], "verto.bye", R"({"callID":"c1","causeCode":17,"cause":"USER_BUSY"})");
    EXPECT_EQ(ask(c_, "verto.bye", of_call("c1")).at(0), kGone);
    EXPECT_TRUE(after_bye(call, Cause::user_busy).empty());  // never two
    EXPECT_TRUE(events<CallEnded>().empty());
  }
}

TEST_F(Calls, BothHangUpAtOnce) {
  const CallId call = call_from(c_);
  ask(c_, "verto.bye", of_call("c1"));
  EXPECT_TRUE(after_bye(call, Cause::normal_clearing).empty());
}

TEST_F(Calls, CancelCrossesTheAnswer) {
  const CallId call = call_from(c_);
  ask(c_, "verto.bye", of_call("c1"));
  EXPECT_TRUE(after_answer(call).empty());
}

TEST_F(Calls, RingsAClientThatAnswers) {
  const CallId call = ring();
  expect_request(
      ring_frame_, "verto.invite",
      R"({"callID":")" + ring_id_ +
          R"(","variables":{},"sdp":"offer","caller_id_name":"Ines Calder","caller_id_number":"2001","callee_id_number":"1000","display_direction":"outbound"})");
  const auto frames = ask(
      c_, "verto.answer",
      R"({"sdp":"mine","dialogParams":{"callID":")" + ring_id_ + R"(","callee_id_name":"Bo"}})");
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0], result(R"({"sessid":"s1"})"));
  EXPECT_NE(frames[1].find(R"("display_name":"Ines Calder","display_number":"2001")"),
            std::string::npos);
  EXPECT_NE(frames[1].find(R"("display_direction":"outbound")"), std::string::npos);
  const auto answered = event<CallAnswered>();
  EXPECT_EQ(answered.call, call);
  EXPECT_EQ(answered.sdp, "mine");
  EXPECT_EQ(answered.callee, (Party{"", "Bo"}));
  // Once more is success without effect.
  EXPECT_EQ(ask(c_, "verto.answer", of_call(ring_id_, R"("sdp":"x",)")).at(0),
            result(R"({"sessid":"s1"})"));
  EXPECT_TRUE(events<CallAnswered>().empty());
}

TEST_F(Calls, RejectWithoutCauseIsToldAsRejected) {
  const CallId call = ring();
  EXPECT_NE(ask(c_, "verto.bye", of_call(ring_id_)).at(0).find(R"("causeCode":16)"),
            std::string::npos);
  const auto ended = event<CallEnded>();
  EXPECT_EQ(ended.call, call);
  EXPECT_EQ(ended.cause, Cause::call_rejected);
  ring();
  ask(c_, "verto.bye", of_call(ring_id_, R"("cause":"USER_BUSY","causeCode":17,)"));
  EXPECT_EQ(event<CallEnded>().cause, Cause::user_busy);
}

TEST_F(Calls, LateAnswerFindsNothing) {
  const CallId call = ring();
  const auto frames = after_bye(call, Cause::lose_race);
  EXPECT_NE(frames.at(0).find(R"("causeCode":702,"cause":"LOSE_RACE")"), std::string::npos);
  EXPECT_EQ(ask(c_, "verto.answer", of_call(ring_id_, R"("sdp":"x",)")).at(0),
            error(R"({"message":"CALL DOES NOT EXIST","code":-32002})"));
}

TEST_F(Calls, ForeignCallsCannotBeTouched) {
  call_from(c_);
  const ConnId d = log_in("1001", "s2");
  EXPECT_EQ(ask(d, "verto.bye", of_call("c1")).at(0), kGone);
  EXPECT_EQ(ask(d, "verto.info", of_call("c1", R"("dtmf":"1",)")).at(0),
            result(R"({"sessid":"s2"})"));
  EXPECT_EQ(ask(d, "verto.modify", of_call("c1", R"("action":"hold",)")).at(0), kGone);
  EXPECT_TRUE(events<CallDtmf>().empty());
  EXPECT_EQ(endpoint_->call_count(), 1u);
  // Another user may even have a call of the same name.
  EXPECT_NE(ask(d, "verto.invite", invite_params("c1")).at(0).find("CALL CREATED"),
            std::string::npos);
  // The same user from another tab may.
  EXPECT_NE(ask(log_in("1000", "s3"), "verto.bye", of_call("c1")).at(0).find("CALL ENDED"),
            std::string::npos);
}

TEST_F(Calls, MissingPiecesAreNamedInOrder) {
  const auto missing = [](std::string_view text) {
    return error(R"({"message":")" + std::string(text) + R"(","code":-32002})");
  };
  for (const char* method : {"verto.answer", "verto.bye", "verto.modify", "verto.attach"}) {
    receive(c_, R"({"jsonrpc":"2.0","id":7,"method":")" + std::string(method) + "\"}");
    EXPECT_EQ(take(c_).at(0), missing("Params data missing")) << method;
    EXPECT_EQ(ask(c_, method, "{}").at(0), missing("Dialog data missing")) << method;
    EXPECT_EQ(ask(c_, method, R"({"dialogParams":{}})").at(0), missing("CallID missing")) << method;
  }
  EXPECT_EQ(ask(c_, "verto.answer", of_call("c1")).at(0), missing("SDP missing"));
  EXPECT_EQ(ask(c_, "verto.attach", of_call("c1")).at(0), missing("SDP missing"));
  EXPECT_EQ(ask(c_, "verto.modify", of_call("c1")).at(0), missing("action missing"));
}

TEST_F(Calls, ModifyRefusesWhatACallCannotDo) {
  const CallId call = call_from(c_);
  const auto modify = [&](std::string_view members) {
    const std::string text = ask(c_, "verto.modify", of_call("c1", members)).at(0);
    return text.substr(text.find(R"("callID")"));
  };
  EXPECT_EQ(modify(R"("action":"hold",)"),
            R"("callID":"c1","action":"hold","holdState":"active","sessid":"s1"}})");
  EXPECT_EQ(
      modify(R"("action":"updateMedia","sdp":"o",)"),
      R"("callID":"c1","action":"updateMedia","message":"Cannot update a call that has not been answered.","code":-32002}})");
  EXPECT_EQ(modify(R"("action":"transfer","destination":"1",)"),
            R"("callID":"c1","action":"transfer","message":"call is not bridged","code":-32002}})");
  after_answer(call);
  EXPECT_EQ(modify(R"("action":"UNHOLD",)"),
            R"("callID":"c1","action":"UNHOLD","holdState":"active","sessid":"s1"}})");
  EXPECT_EQ(modify(R"("action":"transfer",)"),
            R"("callID":"c1","action":"transfer","message":"destination missing","code":-32002}})");
  EXPECT_EQ(
      modify(R"("action":"replace",)"),
      R"("callID":"c1","action":"replace","message":"replaceCallID missing","code":-32002}})");
  EXPECT_EQ(modify(R"("action":"replace","replaceCallID":"zz",)"),
            R"("callID":"c1","action":"replace","message":"invalid transfer leg","code":-32002}})");
  EXPECT_EQ(modify(R"("action":"updateMedia",)"),
            R"("callID":"c1","action":"updateMedia","message":"SDP missing","code":-32002}})");
  EXPECT_EQ(modify(R"("action":"dance",)"),
            R"("callID":"c1","action":"dance","holdState":"active","sessid":"s1"}})");
}

TEST_F(Calls, HoldingIsToldAndRepliedToInEveryForm) {
  const CallId call = call_from(c_);
  const auto modify = [&](std::string_view action) {
    const std::string text =
        ask(c_, "verto.modify", of_call("c1", "\"action\":\"" + std::string(action) + "\",")).at(0);
    const auto held = events<CallHeld>();
    return text.substr(text.find(R"("action")")) + (held.empty()       ? ""
                                                    : held.back().held ? " +held"
                                                                       : " +active");
  };
  const auto reply = [](std::string_view action, std::string_view state) {
    return "\"action\":\"" + std::string(action) + "\",\"holdState\":\"" + std::string(state) +
           R"(","sessid":"s1"}})";
  };
  EXPECT_EQ(modify("hold"), reply("hold", "active")) << "not answered: nothing to hold";
  after_answer(call);
  EXPECT_EQ(modify("hold"), reply("hold", "held") + " +held");
  EXPECT_EQ(modify("HOLD"), reply("HOLD", "held"));
  EXPECT_EQ(modify("dance"), reply("dance", "held"));
  EXPECT_EQ(modify("toggleHold"), reply("toggleHold", "active") + " +active");
  EXPECT_EQ(modify("unhold"), reply("unhold", "active"));
  EXPECT_EQ(modify("toggleHold"), reply("toggleHold", "held") + " +held");
  EXPECT_EQ(modify("unhold"), reply("unhold", "active") + " +active");
}

TEST_F(Calls, TransferIsAnsweredByTheAdapter) {
  const CallId call = call_from(c_);
  after_answer(call);
  const auto transfer = [&] {
    return ask(c_, "verto.modify", of_call("c1", R"("action":"Transfer","destination":"2007",)"));
  };
  const auto answered = [&](bool begun) {
    endpoint_->transferring(call, begun, now_);
    drain();
    return take(c_);
  };
  EXPECT_TRUE(transfer().empty());
  const auto asked = event<CallTransferring>();
  EXPECT_EQ(asked.call, call);
  EXPECT_EQ(asked.destination, "2007");
  EXPECT_NE(transfer().at(0).find("call is not bridged"), std::string::npos) << "one at a time";
  EXPECT_EQ(
      answered(true),
      std::vector<std::string>{result(
          R"({"callID":"c1","action":"Transfer","message":"CALL TRANSFERRED","holdState":"active","sessid":"s1"})")});
  transfer();
  EXPECT_EQ(
      answered(false),
      std::vector<std::string>{error(
          R"({"callID":"c1","action":"Transfer","message":"call is not bridged","code":-32002})")});
  EXPECT_TRUE(answered(true).empty()) << "nobody asked";
}

TEST_F(Calls, ReplaceNamesTwoCallsOfOneUser) {
  const CallId first = call_from(c_);
  after_answer(first);
  const CallId second = call_from(c_, "c2");
  after_answer(second);
  const auto replace = [&] {
    return ask(c_, "verto.modify", of_call("c2", R"("action":"replace","replaceCallID":"c1",)"));
  };
  const auto answered = [&](bool begun) {
    endpoint_->transferring(second, begun, now_);
    drain();
    return take(c_);
  };
  EXPECT_TRUE(replace().empty());
  const auto asked = event<CallReplacing>();
  EXPECT_EQ(asked.call, second);
  EXPECT_EQ(asked.other, first);
  EXPECT_EQ(answered(true),
            std::vector<std::string>{result(
                R"({"callID":"c2","action":"replace","holdState":"active","sessid":"s1"})")});
  replace();
  EXPECT_EQ(
      answered(false),
      std::vector<std::string>{error(
          R"({"callID":"c2","action":"replace","message":"transfer failed","holdState":"active","code":-32002})")});
  const ConnId d = log_in("1001", "s2");
  call_from(d, "d1");
  EXPECT_NE(ask(d, "verto.modify", of_call("d1", R"("action":"replace","replaceCallID":"c1",)"))
                .at(0)
                .find("invalid transfer leg"),
            std::string::npos)
      << "somebody else's";
}

TEST_F(Calls, UpdateMediaIsAnsweredByTheAdapter) {
  const CallId call = call_from(c_);
  after_answer(call);
  const auto update = [&](std::string_view members) {
    return ask(c_, "verto.modify", of_call("c1", members));
  };
  EXPECT_TRUE(update(R"("action":"updateMedia","sdp":"new offer",)").empty());
  EXPECT_EQ(event<CallRenegotiating>().sdp, "new offer");
  EXPECT_NE(update(R"("action":"updateMedia","sdp":"too soon",)").at(0).find("MEDIA ERROR"),
            std::string::npos);
  endpoint_->renegotiated(call, "its answer", now_);
  drain();
  EXPECT_EQ(
      take(c_),
      std::vector<std::string>{result(
          R"({"callID":"c1","action":"updateMedia","sdp":"its answer","holdState":"active","sessid":"s1"})")});

  EXPECT_TRUE(update(R"("action":"updateMedia","sdp":"nonsense",)").empty());
  endpoint_->refuse_offer(call, now_);
  drain();
  EXPECT_EQ(
      take(c_),
      std::vector<std::string>{error(
          R"({"callID":"c1","action":"updateMedia","message":"CODEC NEGOTIATION ERROR","code":-32002})")});
  endpoint_->renegotiated(call, "nobody asked", now_);
  drain();
  EXPECT_TRUE(take(c_).empty());
}

TEST_F(Calls, InviteToNobodyAndToTooMany) {
  EXPECT_EQ(endpoint_->invite(SessionId{}, {}, now_).error().code, base::Errc::not_found);
  for (int i = 0; i < 16; ++i) ring();
  EXPECT_EQ(endpoint_->invite(endpoint_->find_session("s1"), {}, now_).error().code,
            base::Errc::exhausted);
}

TEST_F(Calls, CommandsForCallsThatAreGoneAreIgnored) {
  const CallId call = call_from(c_);
  after_bye(call, Cause::normal_clearing);
  endpoint_->media(call, "x", now_);
  endpoint_->answer(call, "x", now_);
  endpoint_->display(call, {}, now_);
  endpoint_->dtmf(call, "1", now_);
  endpoint_->attach(call, "x", now_);
  drain();
  EXPECT_TRUE(take(c_).empty());
}

}  // namespace
}  // namespace viaduct::verto
