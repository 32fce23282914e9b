# One image for web, worker, beat and migrate; docker-compose.yml says which command runs.
FROM node:22-slim AS front
WORKDIR /bida
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

FROM python:3.12-slim
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 BIDA_ENV=production BIDA_VAR=/var/lib/bida
WORKDIR /bida
COPY requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt \
 && useradd --system --uid 10001 --home-dir /var/lib/bida --create-home bida
COPY --from=front /bida/node_modules node_modules
COPY . .
# What is set here serves for collecting the static files and is not kept in the image.
RUN python -m tools.messages compile \
 && python -m tools.collect \
 && mkdir -p /var/lib/bida/files && chown -R bida /var/lib/bida
USER bida
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "config.wsgi:application"]
