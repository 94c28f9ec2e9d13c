package marquee.devstack;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;

/**
 * Starts one Elasticsearch node, as the distribution's main class does, but without the parts that need the distribution:
 * keystore, security, native controllers. Arguments are settings, name=value. The node runs until standard input closes,
 * so it ends with the program that started it.
 */
public final class Launcher {
    private Launcher() {}

    public static void main(String[] arguments) throws Exception {
        LogConfigurator.configureESLogging(); // before any class of Elasticsearch gets a logger
        Settings.Builder settings = Settings.builder();
        for (String argument : arguments) {
            String[] setting = argument.split("=", 2);
            settings.put(setting[0], setting[1]);
        }
        Path config = Path.of(settings.get("path.home"), "config");
        Environment environment =
            InternalSettingsPreparer.prepareEnvironment(settings.build(), Map.of(), config, () -> "devstack");
        LogConfigurator.configureWithoutConfig(environment.settings());
        PluginsLoader loader = PluginsLoader.createPluginsLoader(
            PluginsLoader.loadModulesBundles(environment.modulesDir()),
            PluginsLoader.loadPluginsBundles(environment.pluginsDir()),
            Map.of(),
            false);
        new Node(environment, loader).start();
        awaitEndOfInput();
        Runtime.getRuntime().halt(0); // the data is thrown away, so no orderly shutdown is needed
    }

    private static void awaitEndOfInput() throws IOException {
        while (System.in.read() >= 0) {
            // input is ignored
        }
    }
}
