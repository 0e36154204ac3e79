/* SPDX-License-Identifier: Apache-2.0 */
#include "os/netif.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"

#define LOOPBACK_INDEX 1 /* in every network namespace */

struct request {
	struct nlmsghdr header;
	struct ifinfomsg info;
};

struct answer {
	struct nlmsghdr header;
	struct nlmsgerr error;
};

int netif_loopback_up(struct err *err)
{
	struct request req = {
		.header = {.nlmsg_len = sizeof(req),
			   .nlmsg_type = RTM_NEWLINK,
			   .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
			   .nlmsg_seq = 1},
		.info = {.ifi_family = AF_UNSPEC,
			 .ifi_index = LOOPBACK_INDEX,
			 .ifi_flags = IFF_UP,
			 .ifi_change = IFF_UP},
	};
	_cleanup_fd_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct answer answer;
	ssize_t r;

	if (fd < 0)
		return err_sys(err, "open a netlink socket to bring 'lo' up");
	if (send(fd, &req, sizeof(req), 0) < 0)
		return err_sys(err, "ask the kernel to bring 'lo' up");
	do {
		r = recv(fd, &answer, sizeof(answer), 0);
	} while (r < 0 && errno == EINTR);
	if (r < 0)
		return err_sys(err, "receive the kernel's answer about 'lo'");
	if ((size_t)r < sizeof(answer) || answer.header.nlmsg_type != NLMSG_ERROR)
		return err_set(err, ERR_SYSTEM, "the kernel's answer about 'lo' is malformed");
	if (answer.error.error) {
		errno = -answer.error.error;
		return err_sys(err, "bring 'lo' up");
	}
	return 0;
}
