// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The firmware: which extensions it has, its console, starting harts, ending the machine. */
#include <graticule/asm/errata.h>
#include <asm/boot.h>
#include <asm/csr.h>
#include <asm/mmu_ops.h>
#include <asm/sbi.h>
#include "base/errno.h"
#include "kernel/boot.h"

/* SBI error numbers. */
#define SBI_NOT_SUPPORTED (-2)
#define SBI_INVALID_PARAM (-3)
#define SBI_INVALID_ADDRESS (-5)
#define SBI_ALREADY_AVAILABLE (-6)

/*
 * What sbi_detect() found. In .data, so that a trap before .bss is cleared finds zeros: that is SBI 0.1,
 * which has nothing but the legacy calls.
 */
static struct {
	u32 spec;
	u32 impl;
	bool time;
	bool ipi;
	bool rfence;
	bool hsm;
	bool srst;
	bool dbcn;
	bool no_putchar;
} sbi __attribute__((section(".data")));

/* In M-mode an ecall is the kernel's own exception: there is no firmware. */
static struct sbi_result call(u64 extension, u64 function, u64 arg0, u64 arg1, u64 arg2)
{
	if (machine_mode)
		return (struct sbi_result){ SBI_NOT_SUPPORTED, 0 };
	return sbi_call(extension, function, arg0, arg1, arg2);
}

static bool has_extension(u64 extension)
{
	struct sbi_result r = call(SBI_EXT_BASE, SBI_BASE_PROBE, extension, 0, 0);

	return !r.error && r.value;
}

void sbi_detect(void)
{
	struct sbi_result r = call(SBI_EXT_BASE, SBI_BASE_SPEC_VERSION, 0, 0, 0);

	if (r.error) { /* SBI 0.1, or none */
		sbi.no_putchar = call(SBI_EXT_LEGACY_PUTCHAR, 0, '\r', 0, 0).error;
		return;
	}
	sbi.spec = (u32)r.value;
	sbi.impl = (u32)call(SBI_EXT_BASE, SBI_BASE_IMPL_ID, 0, 0, 0).value;
	sbi.time = has_extension(SBI_EXT_TIME);
	sbi.ipi = has_extension(SBI_EXT_IPI);
	sbi.rfence = has_extension(SBI_EXT_RFENCE);
	sbi.hsm = has_extension(SBI_EXT_HSM);
	sbi.srst = has_extension(SBI_EXT_SRST);
	sbi.dbcn = has_extension(SBI_EXT_DBCN);
	sbi.no_putchar = !has_extension(SBI_EXT_LEGACY_PUTCHAR);
}

void sbi_copy_facts(struct boot_info *bi)
{
	bi->arch.sbi_spec = sbi.spec;
	bi->arch.sbi_impl = sbi.impl;
	bi->arch.sbi_time = sbi.time;
	bi->arch.sbi_rfence = sbi.rfence;
	bi->arch.sbi_hsm = sbi.hsm;
	bi->arch.sbi_srst = sbi.srst;
	bi->arch.sbi_dbcn = sbi.dbcn;
}

bool sbi_has_console(void)
{
	return !machine_mode && (sbi.dbcn || !sbi.no_putchar);
}

bool sbi_has_reset(void)
{
	return sbi.srst;
}

void sbi_putchar(char c)
{
	if (sbi.dbcn)
		call(SBI_EXT_DBCN, SBI_DBCN_WRITE_BYTE, (u8)c, 0, 0);
	else
		call(SBI_EXT_LEGACY_PUTCHAR, 0, (u8)c, 0, 0);
}

bool sbi_has_ipi(void)
{
	return sbi.ipi;
}

void sbi_send_ipi(u64 hart)
{
	call(SBI_EXT_IPI, SBI_IPI_SEND, 1, hart, 0); /* bit 0 of a mask that starts there */
}

bool sbi_has_timer(void)
{
	return sbi.time;
}

void sbi_set_timer(u64 time)
{
	call(SBI_EXT_TIME, SBI_TIME_SET_TIMER, time, 0, 0);
}

int sbi_hart_start(u64 hart, grt_phys_t entry, u64 opaque)
{
	/* Without RFENCE nothing could invalidate its TLB, and without IPI nothing wake it. */
	if (!sbi.hsm || !sbi.rfence || !sbi.ipi)
		return -EOPNOTSUPP;
	switch (call(SBI_EXT_HSM, SBI_HSM_START, hart, entry, opaque).error) {
	case 0:
		return 0;
	case SBI_INVALID_PARAM:
		return -ENODEV;
	case SBI_INVALID_ADDRESS:
		return -EFAULT;
	case SBI_ALREADY_AVAILABLE:
		return -EBUSY;
	default:
		return -EIO;
	}
}

s64 sbi_hart_state(u64 hart)
{
	struct sbi_result ret = call(SBI_EXT_HSM, SBI_HSM_STATUS, hart, 0, 0);

	return ret.error ? ret.error : (s64)ret.value;
}

/*
 * The architecture number of QEMU is 42; versions before 9 had their own version there and as the
 * implementation (RISC-V, "Open-source architecture IDs"; target/riscv/cpu.c).
 */
static bool numbers_of_qemu(u64 vendor, u64 arch, u64 impl)
{
	return !vendor && (arch == 42 || (arch == impl && arch >> 16 >= 7 && arch >> 16 < 9));
}

/* What @fn says of this hart's numbers; false where nobody knows them. */
static bool hart_is(bool (*fn)(u64 vendor, u64 arch, u64 impl))
{
	if (machine_mode)
		return fn(read_csr(mvendorid), read_csr(marchid), read_csr(mimpid));
	/* Errors are looked at as well: SBI 0.1 has no such calls. */
	return !call(SBI_EXT_BASE, SBI_BASE_SPEC_VERSION, 0, 0, 0).error &&
	       fn(call(SBI_EXT_BASE, SBI_BASE_MVENDORID, 0, 0, 0).value,
		  call(SBI_EXT_BASE, SBI_BASE_MARCHID, 0, 0, 0).value,
		  call(SBI_EXT_BASE, SBI_BASE_MIMPID, 0, 0, 0).value);
}

bool sbi_machine_is_qemu(void)
{
	return hart_is(numbers_of_qemu);
}

bool sbi_hart_wants_whole_fences(void)
{
	return hart_is(grt_errata_cip_1200);
}

void sbi_system_off(bool success)
{
	call(SBI_EXT_SRST, SBI_SRST_RESET, SBI_SRST_SHUTDOWN,
	     success ? SBI_SRST_NO_REASON : SBI_SRST_SYSTEM_FAILURE, 0);
}

void sbi_legacy_shutdown(void)
{
	call(SBI_EXT_LEGACY_SHUTDOWN, 0, 0, 0, 0);
}
