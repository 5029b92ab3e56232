import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.Errors;

/** Prints Kafka's error table: name, code, whether a client may try again. */
public class KafkaErrors {
  public static void main(String[] args) {
    for (Errors error : Errors.values()) {
      System.out.println(
          error + " " + error.code() + " " + (error.exception() instanceof RetriableException));
    }
  }
}
