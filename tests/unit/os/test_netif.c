/* SPDX-License-Identifier: Apache-2.0 */
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/netif.h"
#include "suites.h"

static int lo_is_up(void)
{
	struct ifreq req = {.ifr_name = "lo"};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	ck_assert_int_eq(ioctl(fd, SIOCGIFFLAGS, &req), 0);
	close(fd);
	return !!(req.ifr_flags & IFF_UP);
}

START_TEST(loopback)
{
	struct err err = ERR_INIT;
	int before = test_fd_count();

	if (!test_is_root())
		SKIP("a network namespace needs root");
	ck_assert_int_eq(unshare(CLONE_NEWNET), 0);
	ck_assert_int_eq(lo_is_up(), 0);
	ck_ok(netif_loopback_up(&err), &err);
	ck_assert_int_eq(lo_is_up(), 1);
	ck_ok(netif_loopback_up(&err), &err);
	ck_assert_int_eq(test_fd_count(), before);
}
END_TEST

START_TEST(refused)
{
	struct err err = ERR_INIT;

	if (!test_is_root())
		SKIP("needs root");
	/* Root of a user namespace that does not own the network namespace. */
	ck_assert_int_eq(unshare(CLONE_NEWNET), 0);
	ck_assert_int_eq(unshare(CLONE_NEWUSER), 0);
	ck_assert_int_eq(netif_loopback_up(&err), -1);
	ck_assert_int_eq(err.kind, ERR_SYSTEM);
	ck_assert_ptr_nonnull(strstr(err.text, "'lo'"));
}
END_TEST

Suite *suite_netif(void)
{
	Suite *s = suite_create("os/netif");
	TCase *t = tcase_create("netif");

	tcase_add_test(t, loopback);
	tcase_add_test(t, refused);
	suite_add_tcase(s, t);
	return s;
}
