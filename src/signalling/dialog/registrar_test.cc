#include "signalling/dialog/registrar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "signalling/dialog/testing/raw_peer.h"

namespace viaduct::dialog {
namespace {

using namespace std::chrono_literals;
using sip::HeaderName;
using sip::Message;
using sip::Method;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::RawPeer;

class RegistrarTest : public ::testing::Test {
 protected:
  Message make(std::vector<HeaderField> headers) {
    Message request = peer_.make(Method::register_, "sip:198.51.100.1");
    for (const HeaderField& field : headers) request.add(field.name, field.value);
    return request;
  }
  uint16_t register_with(std::vector<HeaderField> headers) {
    return peer_.request(make(std::move(headers)));
  }
  std::vector<std::string> contacts() {
    std::vector<std::string> out;
    for (const Binding& binding : peer_.agent.bindings("alice@viaduct"))
      out.push_back(binding.contact);
    return out;
  }
  size_t added() const { return count<BindingAdded>(); }
  size_t removed() const { return count<BindingRemoved>(); }
  template <class T>
  size_t count() const {
    size_t n = 0;
    for (const Output& event : peer_.events) n += std::holds_alternative<T>(event);
    return n;
  }

  RawPeer peer_;
};

TEST_F(RegistrarTest, PhoneRegistersRefreshesAndExpires) {
  EXPECT_EQ(register_with({{"Contact", "<sip:alice@192.0.2.5:5060>"}, {"Expires", "120"}}), 200);
  EXPECT_EQ(peer_.last().value(HeaderName::contact), "<sip:alice@192.0.2.5:5060>;expires=120");
  EXPECT_THAT(contacts(), ElementsAre("sip:alice@192.0.2.5:5060"));
  peer_.run_for(100s);
  EXPECT_EQ(register_with({{"Contact", "<sip:ALICE@192.0.2.5:5060>;expires=120"}}), 200);
  EXPECT_EQ(contacts().size(), 2u) << "user parts are case-sensitive";
  EXPECT_EQ(register_with({{"Contact", "<sip:alice@192.0.2.5:5060>;expires=120"}}), 200);
  EXPECT_EQ(added(), 2u);
  peer_.run_for(119s);
  EXPECT_EQ(contacts().size(), 2u);
  peer_.run_for(2s);
  EXPECT_THAT(contacts(), IsEmpty());
  EXPECT_EQ(removed(), 2u);
  EXPECT_TRUE(peer_.event<BindingRemoved>()->expired);
  peer_.run_for(40s);
  EXPECT_EQ(peer_.agent.next_timeout(), base::kNever);
}

TEST_F(RegistrarTest, QueryAndRemoval) {
  register_with({{"Contact", "<sip:a@192.0.2.5>;q=0.5, <sip:b@192.0.2.5>"}});
  EXPECT_THAT(contacts(), ElementsAre("sip:b@192.0.2.5", "sip:a@192.0.2.5"));
  EXPECT_EQ(register_with({}), 200);
  std::vector<std::string> listed;
  for (const std::string_view c : peer_.last().values(HeaderName::contact)) listed.emplace_back(c);
  EXPECT_THAT(listed, ElementsAre("<sip:b@192.0.2.5>;expires=600",
                                  "<sip:a@192.0.2.5>;expires=600;q=0.500"));
  EXPECT_EQ(register_with({{"Contact", "<sip:b@192.0.2.5>;expires=0"}}), 200);
  EXPECT_THAT(contacts(), ElementsAre("sip:a@192.0.2.5"));
  EXPECT_EQ(register_with({{"Contact", "*"}}), 400);
  EXPECT_EQ(register_with({{"Contact", "*"}, {"Expires", "0"}}), 200);
  EXPECT_THAT(contacts(), IsEmpty());
  EXPECT_FALSE(peer_.event<BindingRemoved>()->expired);
}

TEST_F(RegistrarTest, ExpiresIsBounded) {
  EXPECT_EQ(register_with({{"Contact", "<sip:a@192.0.2.5>;expires=10"}}), 423);
  EXPECT_EQ(peer_.last().value(HeaderName::min_expires), "60");
  EXPECT_EQ(register_with({{"Contact", "<sip:a@192.0.2.5>;expires=4294967295"}}), 200);
  EXPECT_EQ(peer_.last().value(HeaderName::contact), "<sip:a@192.0.2.5>;expires=3600");
}

TEST_F(RegistrarTest, ContactsAreBoundedAndRefusedWhole) {
  std::string many;
  for (int i = 0; i < 11; ++i) many += (i ? ", <sip:c" : "<sip:c") + std::to_string(i) + "@h>";
  EXPECT_EQ(register_with({{"Contact", many}}), 403);
  EXPECT_THAT(contacts(), IsEmpty());
  EXPECT_EQ(register_with({{"Contact", "<sip:a@192.0.2.5>, <tel:+1555>"}}), 400);
  EXPECT_THAT(contacts(), IsEmpty());
}

TEST_F(RegistrarTest, OvertakenRequestChangesNothing) {
  register_with({{"Contact", "<sip:a@192.0.2.5>;expires=300"}});
  const uint32_t registered = peer_.cseq;
  // Its own registration was sent before, but comes after.
  const sip::Flow flow = peer_.flow;
  Registrar registrar({});
  const auto handle = [&](uint32_t cseq, std::string_view call_id, std::string_view expires) {
    Message request = make({{"Contact", "<sip:a@192.0.2.5>"}, {"Expires", std::string(expires)}});
    request.set(HeaderName::cseq, sip::CSeq::of(cseq, Method::register_).str());
    request.set(HeaderName::call_id, call_id);
    return registrar.handle(peer_.with_via(request), "alice@viaduct", flow, "t", peer_.now)
        .status();
  };
  EXPECT_EQ(handle(5, "x", "300"), 200);
  EXPECT_EQ(handle(4, "x", "0"), 500);
  EXPECT_EQ(registrar.size(), 1u);
  EXPECT_EQ(handle(1, "another phone start", "0"), 200);
  EXPECT_EQ(registrar.size(), 0u);
  EXPECT_GT(registered, 0u);
}

TEST_F(RegistrarTest, NobodyRegistersSomebodyElse) {
  Message request = make({{"Contact", "<sip:a@192.0.2.5>"}});
  EXPECT_EQ(peer_.request(request, "mallory"), 403);
  EXPECT_EQ(peer_.agent.counts().bindings, 0u);
}

TEST_F(RegistrarTest, WrongPasswordRegistersNothing) {
  Message request = make({{"Contact", "<sip:a@192.0.2.5>"}});
  peer_.request(request, "nobody");
  EXPECT_EQ(peer_.last().status(), 401);
  EXPECT_EQ(peer_.agent.counts().bindings, 0u);
}

TEST_F(RegistrarTest, PhoneBehindANatIsReachedWhereItSpeaksFrom) {
  register_with({{"Contact", "<sip:a@10.0.0.7:5060>"}});
  const Binding natted = peer_.agent.bindings("alice@viaduct").at(0);
  EXPECT_TRUE(natted.behind_nat);
  EXPECT_EQ(natted.flow, peer_.flow);
  register_with({{"Contact", "*"}, {"Expires", "0"}});
  register_with({{"Contact", "<sip:a@192.0.2.5:5099>"}});
  const Binding open = peer_.agent.bindings("alice@viaduct").at(0);
  EXPECT_FALSE(open.behind_nat);
  EXPECT_EQ(open.flow.remote.str(), "192.0.2.5:5099");
}

TEST_F(RegistrarTest, PathIsKeptAndEchoed) {
  EXPECT_EQ(register_with({{"Contact", "<sip:a@10.0.0.7>"},
                           {"Path", "<sip:edge.example.org;lr>, <sip:192.0.2.9;lr>"},
                           {"Supported", "path"}}),
            200);
  EXPECT_TRUE(peer_.last().has(HeaderName::path));
  const Binding binding = peer_.agent.bindings("alice@viaduct").at(0);
  EXPECT_THAT(binding.path, ElementsAre("sip:edge.example.org;lr", "sip:192.0.2.9;lr"));
  EXPECT_EQ(binding.flow, peer_.flow);
}

TEST_F(RegistrarTest, LostConnectionTakesItsBindings) {
  const sip::Flow flow{sip::Transport::ws, 2, {base::IpAddress::v4(0xC0000205), 40000}, 3};
  Registrar registrar({});
  Message request = peer_.with_via(make({{"Contact", "<sip:x@abc.invalid;transport=ws>"}}));
  EXPECT_EQ(registrar.handle(request, "alice@viaduct", flow, "t", peer_.now).status(), 200);
  EXPECT_EQ(registrar.bindings("alice@viaduct").at(0).flow, flow);
  registrar.flow_failed(peer_.flow);
  EXPECT_EQ(registrar.size(), 1u);
  registrar.flow_failed(flow);
  EXPECT_EQ(registrar.size(), 0u);
}

TEST(RegistrarDomains, OnlyOurDomainsAreServed) {
  UserAgentOptions options;
  options.domains = {"example.org"};
  RawPeer peer(options);
  Message request = peer.make(Method::register_, "sip:example.org");
  request.add(HeaderName::contact, "<sip:a@192.0.2.5>");
  EXPECT_EQ(peer.request(request), 200);
  EXPECT_EQ(peer.agent.bindings("alice@example.org").size(), 1u);
  peer.call_id = "call-2";
  request = peer.make(Method::register_, "sip:other.org");
  request.set(HeaderName::to, "<sip:alice@other.org>");
  EXPECT_EQ(peer.request(request), 404);
}

}  // namespace
}  // namespace viaduct::dialog
