/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The error numbers that Graticule returns, negated. The values are those of every Unix. */
#ifndef BASE_ERRNO_H
#define BASE_ERRNO_H

#if __STDC_HOSTED__
#include <errno.h>
#else
#define EPERM 1	      /* the architecture or a policy forbids it */
#define ENOENT 2      /* nothing there */
#define EIO 5	      /* the firmware failed */
#define E2BIG 7	      /* does not fit what was given to hold it */
#define EAGAIN 11     /* plan again; no public function returns it */
#define ENOMEM 12     /* out of memory */
#define EFAULT 14     /* an access faulted */
#define EBUSY 16      /* in use: not now */
#define EEXIST 17     /* something is mapped there already */
#define ENODEV 19     /* no such device, firmware call or CPU */
#define EINVAL 22     /* a malformed argument */
#define ENOSPC 28     /* no room in the address space */
#define ERANGE 34     /* out of the range that the layout or CPU can hold */
#define EOPNOTSUPP 95 /* the CPU, the firmware or this library does not have it */
#endif

#endif
