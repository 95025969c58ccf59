/** The rules of one run as a record of switches (disputes D1-D16), and the named presets that set them. */
@org.jspecify.annotations.NullMarked
package org.pagepool.runtime.protocol;
