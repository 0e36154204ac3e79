/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ONGGI_TESTS_UNIT_OS_SUITES_H
#define ONGGI_TESTS_UNIT_OS_SUITES_H

#include <check.h>
#include <sys/types.h>

#include "../skip.h"
#include "base/err.h"

#define ROWS(t)		 ((int)(sizeof(t) / sizeof((t)[0])))
#define ck_ok(call, err) ck_assert_msg((call) >= 0, "%s: %s", #call, (err)->text)

/* A fresh directory below the runner's, which removes all at its end. Returns a descriptor. */
int test_dir(void);
/* Its path, in a buffer of 64 bytes. */
const char *test_dir_path(int dirfd, char *buf);
/* Make a file with this text. */
void test_file(int dirfd, const char *name, const char *text);
/* Make a directory. */
void test_mkdir(int dirfd, const char *name);
/* Open descriptors of this process. */
int test_fd_count(void);
/* A mount namespace of our own, so that a test's mounts end with it. */
void test_mount_namespace(void);
/* From now on a filter answers this system call with this errno. */
void test_refuse(unsigned call, unsigned sys);
/* Are we root with every namespace at hand? */
int test_is_root(void);
/* Unchecked fixtures: make and remove a user with subordinate ids (as root; else none is made). */
void test_user_setup(void);
void test_user_teardown(void);
/* Its name and id; 0 when there is none. */
const char *test_user_name(void);
uid_t test_user_id(void);
/* Run fn in a child as that user; its error fails the test. */
void test_as_user(int (*fn)(void *arg, struct err *err), void *arg);

Suite *suite_atomic(void);
Suite *suite_caps(void);
Suite *suite_channel(void);
Suite *suite_fd(void);
Suite *suite_idmap(void);
Suite *suite_idmap_write(void);
Suite *suite_interrupt(void);
Suite *suite_lock(void);
Suite *suite_mount(void);
Suite *suite_mount_fs(void);
Suite *suite_mount_overlay(void);
Suite *suite_netif(void);
Suite *suite_process(void);
Suite *suite_rooted(void);
Suite *suite_rooted_walk(void);
Suite *suite_spawn(void);
Suite *suite_tree(void);
Suite *suite_tree_walk(void);
Suite *suite_tty(void);
Suite *suite_userns(void);
Suite *suite_xattr(void);

#endif
