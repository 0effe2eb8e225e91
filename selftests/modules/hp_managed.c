// SPDX-License-Identifier: GPL-2.0
/*
 * hp_managed.c - a network device with managed interrupts
 *
 * No device that QEMU emulates has both, so a virtio device is bound to its
 * driver once more, and the kernel spreads its interrupts over the CPUs as it
 * does those of disks: they cannot be moved from outside, nor by the driver.
 * There are twice as many as CPUs, a set for each round. Without the module the
 * device is as before. For the test nic_real.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpumask.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/version.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>

static char *device = "eth0";
module_param(device, charp, 0444);
MODULE_PARM_DESC(device, "The network device");

static struct virtio_device *vdev;
static const struct virtio_config_ops *real_ops;
static struct virtio_config_ops ops;

/* No more in a set than CPUs: a managed interrupt without one is an error. */
static void make_sets(struct irq_affinity *affd, unsigned int nr)
{
	unsigned int most = num_present_cpus();

	affd->nr_sets = 0;
	while (nr && affd->nr_sets < IRQ_AFFINITY_MAX_SETS) {
		affd->set_size[affd->nr_sets++] = min(nr, most);
		nr -= min(nr, most);
	}
}

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
static int find_vqs(struct virtio_device *dev, unsigned int nr,
		    struct virtqueue *vqs[], vq_callback_t *callbacks[],
		    const char * const names[], const bool *ctx,
		    struct irq_affinity *desc)
{
	struct irq_affinity managed = { .calc_sets = make_sets };

	return real_ops->find_vqs(dev, nr, vqs, callbacks, names, ctx,
				  &managed);
}
#else
static int find_vqs(struct virtio_device *dev, unsigned int nr,
		    struct virtqueue *vqs[], struct virtqueue_info info[],
		    struct irq_affinity *desc)
{
	struct irq_affinity managed = { .calc_sets = make_sets };

	return real_ops->find_vqs(dev, nr, vqs, info, &managed);
}
#endif

static struct virtio_device *find_device(void)
{
	struct net_device *netdev = dev_get_by_name(&init_net, device);
	struct device *parent = netdev ? netdev->dev.parent : NULL;
	struct virtio_device *found = NULL;

	if (parent && parent->bus && !strcmp(parent->bus->name, "virtio")) {
		found = dev_to_virtio(parent);
		get_device(parent);
	}
	dev_put(netdev);
	return found;
}

static int bind_with(const struct virtio_config_ops *config)
{
	int ret;

	device_release_driver(&vdev->dev);
	vdev->config = config;
	ret = device_attach(&vdev->dev);
	if (ret < 0)
		return ret;
	return ret ? 0 : -ENODEV;
}

static int __init hp_managed_init(void)
{
	int err;

	vdev = find_device();
	if (!vdev) {
		pr_err("%s is no virtio network device\n", device);
		return -ENODEV;
	}
	real_ops = vdev->config;
	ops = *real_ops;
	ops.find_vqs = find_vqs;
	ops.set_vq_affinity = NULL;
	err = bind_with(&ops);
	if (err) {
		bind_with(real_ops);
		put_device(&vdev->dev);
	}
	return err;
}

static void __exit hp_managed_exit(void)
{
	if (bind_with(real_ops))
		pr_err("the device is without a driver\n");
	put_device(&vdev->dev);
}

module_init(hp_managed_init);
module_exit(hp_managed_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A network device with managed interrupts, for a test");
