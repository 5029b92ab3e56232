/** Listening and accepting. Options that accepted sockets inherit are set on the listener. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "reactor.h"
#include "result.h"

namespace millrace {
namespace {

constexpr int kBacklog = 4096;       // The kernel caps it at net.core.somaxconn.
constexpr int kAcceptsPerTurn = 64;  // Connections already open want their turn, too.

/** False when the text is no numeric address. */
bool ParseAddress(const std::string& text, uint16_t port, sockaddr_storage* address,
                  socklen_t* length) {
  memset(address, 0, sizeof *address);
  auto* const v4 = reinterpret_cast<sockaddr_in*>(address);
  auto* const v6 = reinterpret_cast<sockaddr_in6*>(address);
  if (inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    *length = sizeof *v4;
    return true;
  }
  if (inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) != 1) return false;
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(port);
  *length = sizeof *v6;
  return true;
}

uint16_t PortOf(const sockaddr_storage& address) {
  // At the same place in both families.
  return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

bool IsMappedV4(const in6_addr& address) { return IN6_IS_ADDR_V4MAPPED(&address); }

/** "127.0.0.1" also for the IPv4 clients of an IPv6 listener. */
std::string HostOf(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address).sin_addr;
    inet_ntop(AF_INET, &v4, text, sizeof text);
  } else if (IsMappedV4(v6)) {
    inet_ntop(AF_INET, &v6.s6_addr[12], text, sizeof text);
  } else {
    inet_ntop(AF_INET6, &v6, text, sizeof text);
  }
  return text;
}

bool IsLoopback(const sockaddr_storage& address) {
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address).sin_addr;
    return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
  }
  return IsMappedV4(v6) ? v6.s6_addr[12] == IN_LOOPBACKNET : IN6_IS_ADDR_LOOPBACK(&v6) != 0;
}

void SetFlag(int fd, int level, int name, int value) {
  setsockopt(fd, level, name, &value, sizeof value);
}

int64_t SetCongestion(int fd, const std::string& name) {
  const auto length = static_cast<socklen_t>(name.size());
  return setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name.data(), length) == 0 ? 0 : -errno;
}

}  // namespace

int64_t Reactor::Bind(const std::string& text, uint16_t port) {
  sockaddr_storage address;
  socklen_t length = 0;
  if (!ParseAddress(text, port, &address, &length)) return -EINVAL;
  const int fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -errno;
  SetFlag(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  SetFlag(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  SetFlag(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  if (address.ss_family == AF_INET6) SetFlag(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
  const std::string& congestion = options_.congestionControl;
  int64_t result = 0;
  if (congestion != "auto" && congestion != "system") result = SetCongestion(fd, congestion);
  if (result == 0 && bind(fd, reinterpret_cast<sockaddr*>(&address), length) != 0) result = -errno;
  if (result == 0 && listen(fd, kBacklog) != 0) result = -errno;
  if (result < 0) {
    close(fd);
    return result;
  }
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = kListenerMark | static_cast<uint64_t>(fd);
  epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  listeners_.push_back(fd);
  if (reserve_ < 0) reserve_ = open("/dev/null", O_RDONLY | O_CLOEXEC);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
  return PortOf(address);
}

void Reactor::Accept(int listener) {
  for (int i = 0; i < kAcceptsPerTurn; i++) {
    sockaddr_storage remote{};
    socklen_t length = sizeof remote;
    const int fd = accept4(listener, reinterpret_cast<sockaddr*>(&remote), &length,
                           SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      Count(kAcceptedConnections, 1);
      if (openCount_ >= options_.maxConnections || !TakeConnection(fd, remote)) Refuse(fd);
    } else if (errno == EMFILE || errno == ENFILE) {
      return RefuseWithReserve(listener);
    } else if (errno != ECONNABORTED && errno != EINTR) {
      return;
    }
  }
}

bool Reactor::TakeConnection(int fd, const sockaddr_storage& remote) {
  if (freeSlots_.empty()) {
    if (connections_.size() >= kMaxSlots - 1) return false;
    freeSlots_.push_back(static_cast<uint32_t>(connections_.size()));
    connections_.emplace_back();
  }
  const uint32_t slot = freeSlots_.back();
  Connection& connection = connections_[slot];
  const uint32_t generation = connection.generation + 1;
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = static_cast<uint64_t>(generation) << 32 | slot;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) return false;
  freeSlots_.pop_back();
  connection = Connection();
  connection.fd = fd;
  connection.slot = slot;
  connection.generation = generation;
  connection.interest = EPOLLIN;
  connection.movedMs = Now();
  openCount_++;
  Count(kOpenConnections, 1);
  SetCongestionControl(fd, remote);
  Address address{remote, {}};
  socklen_t length = sizeof address.local;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address.local), &length);
  addresses_.push_back(address);
  Report(connection, kOpened, static_cast<int32_t>(addresses_.size()) - 1, 0);
  Schedule(options_.idleTimeoutMs);
  return true;
}

/** Closes an accepted socket that has no place; its end is reported under an id of its own. */
void Reactor::Refuse(int fd) {
  close(fd);
  events_.push_back({static_cast<int32_t>(kMaxSlots - 1), static_cast<int32_t>(++refusedCount_),
                     kEnded, static_cast<int32_t>(CloseReason::kTooManyConnections), 0});
  state_[kPendingEvents] = static_cast<int32_t>(events_.size());
}

/** Out of descriptors: without this the listener would stay ready and the loop would spin. */
void Reactor::RefuseWithReserve(int listener) {
  close(reserve_);
  const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd >= 0) Refuse(fd);
  reserve_ = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/** BBR, a common system default, paces loopback to half of what reno reaches. */
void Reactor::SetCongestionControl(int fd, const sockaddr_storage& remote) {
  if (options_.congestionControl != "auto" || !IsLoopback(remote)) return;
  // Where it is not allowed, the system's own choice stays, for this and all later connections.
  if (SetCongestion(fd, "reno") < 0) options_.congestionControl = "system";
}

/** (place): [remote host, remote port, local host, local port] of an `opened` event. */
Napi::Value Reactor::AddressOf(const Napi::CallbackInfo& info) {
  const size_t place = static_cast<size_t>(IntAt(info, 0));
  if (place >= addresses_.size()) return info.Env().Undefined();
  const Address& address = addresses_[place];
  const Napi::Array result = Napi::Array::New(info.Env(), 4);
  result.Set(0u, HostOf(address.remote));
  result.Set(1u, static_cast<double>(PortOf(address.remote)));
  result.Set(2u, HostOf(address.local));
  result.Set(3u, static_cast<double>(PortOf(address.local)));
  return result;
}

}  // namespace millrace
