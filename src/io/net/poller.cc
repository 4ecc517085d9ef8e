#include "io/net/poller.h"

#include <sys/epoll.h>
#include <unistd.h>

#include "base/check.h"
#include "io/net/clock.h"

namespace viaduct::net {

Poller::Poller() : fd_(epoll_create1(EPOLL_CLOEXEC)) { VIADUCT_CHECK(fd_ >= 0); }
Poller::~Poller() { ::close(fd_); }

void Poller::add(int fd, uint32_t key) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u32 = key;
  VIADUCT_CHECK(epoll_ctl(fd_, EPOLL_CTL_ADD, fd, &event) == 0);
}

void Poller::watch_room(int fd, uint32_t key, bool watch) {
  epoll_event event{};
  event.events = watch ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.u32 = key;
  VIADUCT_CHECK(epoll_ctl(fd_, EPOLL_CTL_MOD, fd, &event) == 0);
}

void Poller::remove(int fd) { epoll_ctl(fd_, EPOLL_CTL_DEL, fd, nullptr); }

std::span<const uint32_t> Poller::wait(base::TimePoint deadline) {
  epoll_event events[kMostAtOnce];
  timespec timeout{};
  if (deadline != base::kNever) {
    const auto left = std::max(base::Duration::zero(), deadline - steady_now());
    timeout.tv_sec = left.count() / 1'000'000'000;
    timeout.tv_nsec = left.count() % 1'000'000'000;
  }
  const int n = epoll_pwait2(fd_, events, kMostAtOnce,
                             deadline == base::kNever ? nullptr : &timeout, nullptr);
  for (int i = 0; i < n; ++i) ready_[i] = events[i].data.u32;
  return {ready_, n > 0 ? static_cast<size_t>(n) : 0};
}

}  // namespace viaduct::net
