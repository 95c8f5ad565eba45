"""Spark as the engine of a shop whose model one machine does not work out in time."""

from audsync.spark.compute import spark_engine
from audsync.spark.engine import SparkEngine
from audsync.spark.published import publish
from audsync.spark.session import spark_session

__all__ = ["SparkEngine", "publish", "spark_engine", "spark_session"]
