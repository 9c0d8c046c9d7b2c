import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.jshell.Diag;
import jdk.jshell.EvalException;
import jdk.jshell.JShell;
import jdk.jshell.JShellException;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;

/** Runs cells of Java by JShell, for the agent: agent/kernels/lines/PROTOCOL.md says how they talk. The cells run in a JVM of their own. */
public class Cells {
    private static final int OUTPUT_BYTES = 48 * 1024;
    private static final int FLUSH_MS = 20;
    private static final int STOP_AGAIN_MS = 50;
    private static final String[] INTERRUPTED = {"Interrupted", "The cell was interrupted.", ""};
    /** What the jshell command imports. */
    private static final String IMPORTS = Stream.of("io", "math", "net", "nio.file", "util", "util.concurrent",
        "util.function", "util.prefs", "util.regex", "util.stream")
        .map(name -> "import java." + name + ".*;").collect(Collectors.joining());

    private final PrintStream lines = System.out;
    private final Output out = new Output("stdout");
    private final Output err = new Output("stderr");
    private final LinkedBlockingQueue<String[]> cells = new LinkedBlockingQueue<>();
    private final JShell shell;
    private volatile String last = "0";
    /** Number of the cell that runs, or nothing. */
    private volatile String running = "";
    private volatile boolean interrupted;

    public static void main(String[] args) throws Exception {
        new Cells().serve();
    }

    private Cells() {
        shell = JShell.builder()
            .out(new PrintStream(out, false, StandardCharsets.UTF_8))
            .err(new PrintStream(err, false, StandardCharsets.UTF_8))
            .remoteVMOptions("-Dfile.encoding=UTF-8", "-XX:+UseSerialGC")
            .build();
        // A cell that calls System.exit ends its JVM, and with it the kernel.
        shell.onShutdown(ended -> {
            flush();
            Runtime.getRuntime().halt(0);
        });
        eachSnippet(IMPORTS);
    }

    private void serve() throws InterruptedException {
        daemon(this::listen);
        daemon(() -> {
            for (;; Thread.sleep(FLUSH_MS)) flush();
        });
        say("ready");
        for (;;) {
            String[] cell = cells.take();
            String[] error = eachSnippet(text(cell[1]));
            flush();
            if (error != null) say("error", error[0], error[1], error[2]);
            synchronized (this) {
                running = "";
                say("end " + cell[0]);
            }
        }
    }

    /** Reads what the agent says, also while a cell runs. */
    private void listen() throws IOException, InterruptedException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ");
            synchronized (this) {
                if (words[0].equals("run")) {
                    last = running = words[1];
                    interrupted = false;
                    cells.add(new String[] {words[1], words.length > 2 ? words[2] : ""});
                } else if (words[0].equals("interrupt") && words[1].equals(running)) {
                    interrupted = true;
                    daemon(() -> stop(words[1]));
                } else if (words[0].equals("ask")) {
                    say("state " + last + " " + (running.isEmpty() ? "0" : running));
                }
            }
        }
        Runtime.getRuntime().halt(0);
    }

    /** JShell stops only code that it has begun with, so it is told again until the cell is over. */
    private void stop(String number) throws InterruptedException {
        for (; number.equals(running); Thread.sleep(STOP_AGAIN_MS)) shell.stop();
    }

    /** Runs what a cell is made of, up to the first that fails. Returns that error: name, message and trace. */
    private String[] eachSnippet(String code) {
        Object value = null;
        for (String rest = code; !rest.isBlank() && !interrupted;) {
            CompletionInfo info = shell.sourceCodeAnalysis().analyzeCompletion(rest);
            boolean isWhole = info.completeness().isComplete();
            List<SnippetEvent> events = shell.eval(isWhole ? info.source() : rest);
            value = null;
            for (SnippetEvent event : events) {
                if (event.causeSnippet() != null) continue;
                String[] error = errorOf(event);
                // Being stopped may look like an error of the code's own.
                if (error != null) return interrupted ? INTERRUPTED : error;
                if (isExpression(event.snippet())) value = event.value();
            }
            rest = isWhole ? info.remaining() : "";
        }
        if (interrupted) return INTERRUPTED;
        if (value != null && !running.isEmpty()) {
            flush();
            say("result", value.toString());
        }
        return null;
    }

    private static boolean isExpression(Snippet snippet) {
        return snippet.kind() == Snippet.Kind.EXPRESSION || snippet.subKind() == Snippet.SubKind.TEMP_VAR_EXPRESSION_SUBKIND;
    }

    private String[] errorOf(SnippetEvent event) {
        JShellException exception = event.exception();
        if (exception != null) {
            boolean isThrown = exception instanceof EvalException;
            String name = isThrown ? ((EvalException) exception).getExceptionClassName() : exception.getClass().getSimpleName();
            String message = String.valueOf(exception.getMessage());
            String trace = Stream.of(exception.getStackTrace()).map(at -> "\n    at " + at).collect(Collectors.joining());
            return new String[] {name, message, name + ": " + message + trace};
        }
        if (event.status() != Snippet.Status.REJECTED) return null;
        String source = event.snippet().source();
        List<Diag> faults = shell.diagnostics(event.snippet()).collect(Collectors.toList());
        String message = faults.isEmpty() ? "The code was rejected." : faults.get(0).getMessage(Locale.ENGLISH);
        String trace = faults.stream().map(fault -> describe(fault, source)).collect(Collectors.joining("\n"));
        return new String[] {"CompilationError", message, trace};
    }

    private static String describe(Diag fault, String source) {
        int at = (int) Math.max(0, Math.min(fault.getPosition(), source.length()));
        String line = source.substring(source.lastIndexOf('\n', at - 1) + 1).lines().findFirst().orElse("");
        return fault.getMessage(Locale.ENGLISH) + "\n    " + line;
    }

    private void flush() {
        out.flushOut();
        err.flushOut();
    }

    /** A line: a word, and texts that may hold anything. */
    private void say(String word, String... texts) {
        StringBuilder line = new StringBuilder(word);
        for (String text : texts) line.append(' ').append(encode(text.getBytes(StandardCharsets.UTF_8)));
        sayLine(line.append('\n').toString());
    }

    private void sayLine(String line) {
        byte[] bytes = line.getBytes(StandardCharsets.US_ASCII);
        synchronized (lines) {
            lines.write(bytes, 0, bytes.length);
            lines.flush();
        }
    }

    private static String encode(byte[] bytes) {
        // An empty text is a word, too.
        return bytes.length == 0 ? "=" : Base64.getEncoder().encodeToString(bytes);
    }

    private static String text(String word) {
        return word.equals("=") ? "" : new String(Base64.getDecoder().decode(word), StandardCharsets.UTF_8);
    }

    private interface Task {
        void run() throws Exception;
    }

    private static void daemon(Task task) {
        Thread thread = new Thread(() -> {
            try {
                task.run();
            } catch (Exception failure) {
                failure.printStackTrace();
                Runtime.getRuntime().halt(70);
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    /** Gathers what comes in pieces of a few bytes; the two streams stay in order. */
    private class Output extends OutputStream {
        private final String word;
        private final byte[] bytes = new byte[OUTPUT_BYTES];
        private int length;

        Output(String word) {
            this.word = word;
        }

        @Override
        public void write(int value) {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] from, int start, int count) {
            synchronized (lines) {
                Output other = this == out ? err : out;
                other.flushOut();
                for (int done = 0; done < count;) {
                    int part = Math.min(count - done, bytes.length - length);
                    System.arraycopy(from, start + done, bytes, length, part);
                    length += part;
                    done += part;
                    if (length == bytes.length) flushOut();
                }
            }
        }

        void flushOut() {
            synchronized (lines) {
                if (length == 0) return;
                byte[] some = java.util.Arrays.copyOf(bytes, length);
                length = 0;
                sayLine(word + " " + encode(some) + "\n");
            }
        }
    }
}
