package dev.sluice.store.snapshot;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * A disk of a process that ends: the step with the given number is the first that is not done, and none is done after
 * it. A write that is cut off has reached the file in part. As the system does, locks end with the process.
 */
public final class FailingDisk implements Disk {
    private final int lastStep;
    private int steps;

    /** A disk that does {@code steps} more steps. */
    public FailingDisk(int steps) {
        this.lastStep = steps;
    }

    private boolean may() {
        steps++;
        return steps <= lastStep;
    }

    private void step() throws IOException {
        if (!may()) {
            throw new IOException("the process ended");
        }
    }

    @Override
    public Closeable lock(Path lockFile) throws IOException {
        step();
        return Disk.REAL.lock(lockFile);
    }

    @Override
    public Draft create(Path file) throws IOException {
        step();
        Draft real = Disk.REAL.create(file);
        return new Draft() {
            @Override
            public void write(ByteBuffer bytes) throws IOException {
                if (!may()) {
                    real.write(bytes.slice().limit(bytes.remaining() / 2));
                    throw new IOException("the process ended");
                }
                real.write(bytes);
            }

            @Override
            public void force() throws IOException {
                step();
                real.force();
            }

            @Override
            public void close() throws IOException {
                real.close();
                step();
            }
        };
    }

    @Override
    public void move(Path from, Path to) throws IOException {
        step();
        Disk.REAL.move(from, to);
    }

    @Override
    public void delete(Path file) throws IOException {
        step();
        Disk.REAL.delete(file);
    }

    @Override
    public void forceDirectory(Path directory) throws IOException {
        step();
        Disk.REAL.forceDirectory(directory);
    }
}
